# The Debian packages frontrow and frontrow-dbgsym, by cpack -G DEB in the folder of the preset `package`.
set(FRONTROW_MAINTAINER "frontrow maintainers <maintainers@example.org>" CACHE STRING
  "The one who answers for the Debian package: NAME <ADDRESS>")
set(FRONTROW_PACKAGE_REVISION 1 CACHE STRING "Counts the Debian packages of one version")

# Linked libraries differ by release, so a package names its own: 0.1.0-1~deb12 is older than 0.1.0-1~deb13.
set(release unknown)
if(EXISTS /etc/os-release)
  file(STRINGS /etc/os-release release REGEX "^VERSION_ID=")
  string(REGEX REPLACE "^VERSION_ID=\"?([^\"]*)\"?$" "\\1" release "${release}")
endif()
set(package_release ${FRONTROW_PACKAGE_REVISION}~deb${release})

# Debian's own changelog of the package; the changes of the program are in docs/CHANGELOG.md.
set(date_of_change $ENV{SOURCE_DATE_EPOCH})
if(NOT date_of_change)
  string(TIMESTAMP date_of_change %s UTC)
endif()
execute_process(COMMAND date --utc --rfc-email --date=@${date_of_change} OUTPUT_VARIABLE date_of_change
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${made}/changelog.Debian "frontrow (${PROJECT_VERSION}-${package_release}) unstable; urgency=medium

  * Version ${PROJECT_VERSION}; its changes are in docs/CHANGELOG.md beside this file.

 -- ${FRONTROW_MAINTAINER}  ${date_of_change}
")
execute_process(COMMAND gzip -9nfk ${made}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${made}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME frontrow)
set(CPACK_PACKAGE_VENDOR frontrow)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
# The absolute paths of the configuration need it.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE ${package_release})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${FRONTROW_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "server for concert ticket drops
frontrow takes a concert on sale when very many fans press the button at the
same moment. It keeps the waiting line, the seats, the holds, the prepaid
wallets and the payments in memory, and responds only after a change is
durable on disk. No seat is sold twice, no user is overtaken in the line, and
no crash takes back a response.
.
The package has the server, its load test, and the tools for clusters and for
recovery.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# procps: the unit reloads by /bin/kill.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "procps, tzdata, systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "etcd-server, haproxy | nginx")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
file(WRITE ${made}/conffiles "${configuration_folder}/frontrow.toml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${made}/conffiles ${CMAKE_CURRENT_SOURCE_DIR}/debian/postinst
  ${CMAKE_CURRENT_SOURCE_DIR}/debian/prerm ${CMAKE_CURRENT_SOURCE_DIR}/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES OFF)
include(CPack)
