# The libraries ECOpt is built on, all in Debian 12 main.  One place to look for versions.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(LAPACKE REQUIRED IMPORTED_TARGET lapacke)
pkg_check_modules(NLOPT REQUIRED IMPORTED_TARGET nlopt)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.35)
pkg_check_modules(FYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo cairo-svg)
# Only its headers: the library is loaded when a meter in the network is asked (src/meter/http.h).
pkg_check_modules(CURL REQUIRED libcurl>=7.85)

# libcsv has no pkg-config file.
find_path(CSV_INCLUDE_DIR csv.h REQUIRED)
find_library(CSV_LIBRARY csv REQUIRED)
set(CSV_VERSION 3)
foreach(part MINOR RELEASE)
  file(STRINGS ${CSV_INCLUDE_DIR}/csv.h line REGEX "^#define CSV_${part} ")
  string(REGEX REPLACE "^#define CSV_${part} +" "" line "${line}")
  string(APPEND CSV_VERSION ".${line}")
endforeach()

# pkg-config names of what libecopt.a needs besides itself: Requires.private of ecopt.pc.
set(ECOPT_PC_REQUIRES nlopt sqlite3 libfyaml jansson libpcre2-8 cairo cairo-svg)
# Named by hand: openblas.pc asks for the Fortran linker library, which no caller needs.
set(ECOPT_PC_LIBS "-lcsv -llapacke -lopenblas -lpthread -lm -ldl")

add_library(ecopt_deps INTERFACE)
target_link_libraries(ecopt_deps INTERFACE
  PkgConfig::LAPACKE PkgConfig::OPENBLAS PkgConfig::NLOPT PkgConfig::SQLITE PkgConfig::FYAML
  PkgConfig::JANSSON PkgConfig::PCRE2 PkgConfig::CAIRO ${CSV_LIBRARY} Threads::Threads m ${CMAKE_DL_LIBS})
target_include_directories(ecopt_deps SYSTEM INTERFACE ${CURL_INCLUDE_DIRS})

# What ecopt_build_features() says: "name version" lines, escaped for a C string.
set(ECOPT_FEATURES "")
foreach(item "openblas OPENBLAS" "nlopt NLOPT" "sqlite SQLITE" "libfyaml FYAML"
             "jansson JANSSON" "pcre2 PCRE2" "cairo CAIRO_cairo" "libcsv CSV")
  separate_arguments(item)
  list(GET item 0 name)
  list(GET item 1 prefix)
  string(APPEND ECOPT_FEATURES "${name} ${${prefix}_VERSION}\\n")
endforeach()
