# The libraries ECOpt is built on, all in Debian 12 main.  One place to look for versions.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(NLOPT REQUIRED IMPORTED_TARGET nlopt)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.35)
pkg_check_modules(FYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo cairo-svg)
find_library(LAPACKE_LIBRARY lapacke REQUIRED)

add_library(ecopt_deps INTERFACE)
target_link_libraries(ecopt_deps INTERFACE
  ${LAPACKE_LIBRARY} PkgConfig::OPENBLAS PkgConfig::NLOPT PkgConfig::SQLITE PkgConfig::FYAML
  PkgConfig::JANSSON PkgConfig::PCRE2 PkgConfig::CAIRO Threads::Threads m ${CMAKE_DL_LIBS})
