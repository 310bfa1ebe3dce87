# Compiler flags of every target of the tree, in one interface library.
add_library(ecopt_flags INTERFACE)

target_compile_features(ecopt_flags INTERFACE c_std_11)
target_compile_definitions(ecopt_flags INTERFACE _GNU_SOURCE)
target_compile_options(ecopt_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wundef -Wvla -Wformat=2 -Wcast-qual -Wwrite-strings -Wnull-dereference
  -Wframe-larger-than=4096
  # clang 14 takes the macro INFINITY for a float and would complain about each of its uses.
  $<$<C_COMPILER_ID:GNU>:-Wdouble-promotion>
  # Same bits on every build of one machine: no fused multiply-add behind our back.
  -ffp-contract=off
  -fvisibility=hidden -fstack-protector-strong)

if(ECOPT_WERROR)
  target_compile_options(ecopt_flags INTERFACE -Werror)
endif()

if(ECOPT_SANITIZE)
  target_compile_options(ecopt_flags INTERFACE
    -fsanitize=${ECOPT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    # Red zones make frames larger than the limit that the plain build keeps.
    -Wno-frame-larger-than)
  target_link_options(ecopt_flags INTERFACE -fsanitize=${ECOPT_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(ecopt_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

if(ECOPT_ASSERT)
  target_compile_options(ecopt_flags INTERFACE -UNDEBUG)
endif()

if(ECOPT_FUZZ)
  # Coverage for libFuzzer; the fuzz targets alone link its driver.
  target_compile_options(ecopt_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(ecopt_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
