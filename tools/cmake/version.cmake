# Writes OUTPUT, a source file with the version and the commit of SOURCE_DIR, unless it is up to date. Run at each
# build, so the file is all that a new commit compiles.
#   cmake -D VERSION=1.2.3 -D SOURCE_DIR=... -D OUTPUT=... -P version.cmake
set(text ${VERSION})
find_program(GIT git)
if(GIT)
  # `+`: the files differ from the commit.
  execute_process(COMMAND ${GIT} describe --always --exclude=* --abbrev=12 --dirty=+ WORKING_DIRECTORY ${SOURCE_DIR}
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    string(APPEND text " (${commit})")
  endif()
endif()
set(source "#include \"tools/frontrow/version.h\"\n\nnamespace frontrow {\n\nconst char* program_version() { return \"${text}\"; }\n\n}  // namespace frontrow\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT "${before}" STREQUAL "${source}")
  file(WRITE ${OUTPUT} "${source}")
endif()
