/*
 * Symbol visibility.  The library is built with hidden visibility; what carries ECOPT_API, and only
 * that, is exported (tools/exports.txt lists it and CI compares).
 */
#ifndef ECOPT_EXPORT_H
#define ECOPT_EXPORT_H

#if defined(__GNUC__)
#define ECOPT_API               __attribute__((visibility("default")))
#define ECOPT_NODROP            __attribute__((warn_unused_result))
#define ECOPT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define ECOPT_API
#define ECOPT_NODROP
#define ECOPT_PRINTF(fmt, args)
#endif

#endif
