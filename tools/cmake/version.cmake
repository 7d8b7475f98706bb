# Writes OUTPUT, a header with the version and the commit of SOURCE_DIR, unless it is up to date. Run at each build.
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
set(header "#pragma once\n\n#define FRONTROW_VERSION \"${text}\"\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT "${before}" STREQUAL "${header}")
  file(WRITE ${OUTPUT} "${header}")
endif()
