# Installs the npm packages of the pages as the lock file pins them, unless that was done since the file has changed. Run
# with -DNPM=npm -DFOLDER=net/pages -DCACHE=folder. Several build folders share the packages, so one at a time looks and installs.
set(installed ${FOLDER}/node_modules/.package-lock.json)
file(LOCK ${FOLDER}/.install.lock TIMEOUT 300)
if(EXISTS ${installed} AND NOT ${FOLDER}/package-lock.json IS_NEWER_THAN ${installed})
  return()
endif()
# The home directory may not be writable.
execute_process(COMMAND ${NPM} ci --no-audit --no-fund --ignore-scripts --loglevel error --cache ${CACHE}
  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE err)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "npm could not install the packages of net/pages (package-lock.json): ${err}\n"
    "It needs its registry once; npm config get registry prints which one.")
endif()
