/*
 * Style of the report page.
 *
 * In pieces, since C11 promises string literals of 4095 bytes only.  Colours are custom properties,
 * so the dark scheme and print change them in one place; the pictures take theirs from
 * `currentColor` and from inks that are visible on both (report/canvas.c).  Only system fonts: the
 * page must not ask any server for one.
 *
 * Numbers never wrap: "0.20 +-" on one line and "0.01" on the next reads as another number. On
 * paper everything scrolls into view, a caption stays with its table, and the scheme is black on
 * white.
 */
#include "report/html_style.h"

#define COLOURS                                                                             \
    ":root{color-scheme:light dark;--page:#ffffff;--ink:#1c2430;--soft:#586272;"            \
    "--line:#dde2e8;--band:#f5f7f9;--accent:#1f66b0;--warn-page:#fdf3e3;"                   \
    "--warn-line:#db7410;--chosen:#fdf3e3}\n"                                               \
    "@media (prefers-color-scheme:dark){:root{--page:#14181e;--ink:#e4e8ee;--soft:#9ba6b5;" \
    "--line:#2e3641;--band:#1b2129;--accent:#74b0f0;--warn-page:#2d2414;"                   \
    "--warn-line:#db7410;--chosen:#2d2414}}\n"

#define TYPE                                                                             \
    "*{box-sizing:border-box}\n"                                                         \
    "body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,"    \
    "-apple-system,'Segoe UI','DejaVu Sans',sans-serif;-webkit-text-size-adjust:100%}\n" \
    "main{max-width:1100px;margin:0 auto;padding:40px 24px 64px}\n"                      \
    "h1{font-size:30px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em;"            \
    "overflow-wrap:anywhere}\n"                                                          \
    "h2{font-size:20px;line-height:1.3;margin:48px 0 12px;padding-top:20px;"             \
    "border-top:1px solid var(--line)}\n"                                                \
    "h3{font-size:16px;margin:28px 0 8px}\n"                                             \
    "p{margin:0 0 12px;max-width:76ch}\n"                                                \
    ".kind{color:var(--soft);font-size:14px;margin:0 0 4px}\n"                           \
    ".lede{font-size:18px;max-width:70ch;margin-bottom:20px}\n"                          \
    ".soft,figcaption,caption,.unit{color:var(--soft)}\n"                                \
    "code,pre{font:13px/1.5 ui-monospace,'DejaVu Sans Mono',Menlo,monospace}\n"          \
    "pre{background:var(--band);border:1px solid var(--line);border-radius:6px;"         \
    "padding:14px 16px;overflow:auto;margin:0;tab-size:4}\n"                             \
    "a{color:var(--accent)}\n"                                                           \
    ":focus-visible{outline:2px solid var(--accent);outline-offset:2px}\n"

#define BLOCKS                                                                            \
    ".facts{display:grid;grid-template-columns:repeat(3,1fr);gap:1px;"                    \
    "border:1px solid var(--line);border-radius:8px;overflow:hidden;"                     \
    "margin:0 0 20px}\n"                                                                  \
    ".facts div{padding:12px 16px;box-shadow:0 0 0 1px var(--line)}\n"                    \
    ".facts dt{color:var(--soft);font-size:13px;overflow-wrap:anywhere}\n"                \
    ".facts dd{margin:2px 0 0;font-size:19px;font-weight:600;line-height:1.3;"            \
    "font-variant-numeric:tabular-nums}\n"                                                \
    ".facts small{display:block;font-size:13px;font-weight:400;color:var(--soft)}\n"      \
    ".note{background:var(--warn-page);border-left:4px solid var(--warn-line);"           \
    "border-radius:0 6px 6px 0;padding:12px 16px;margin:0 0 20px}\n"                      \
    ".note p{margin:0;max-width:none}.note p+p{margin-top:6px}\n"                         \
    ".note p::first-letter{text-transform:uppercase}\n"                                   \
    "figure{margin:0 0 24px}\n"                                                           \
    "figcaption{font-size:14px;margin-top:6px;max-width:90ch}\n"                          \
    ".plot{display:block;width:100%;height:auto}\n"                                       \
    ".pair{display:grid;grid-template-columns:minmax(10em,max-content) 1fr;gap:6px 20px;" \
    "margin:0 0 16px}\n"                                                                  \
    ".pair dt{color:var(--soft)}\n"                                                       \
    ".pair dd{margin:0;overflow-wrap:anywhere}\n"                                         \
    "footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line);"           \
    "color:var(--soft);font-size:14px}\n"

#define TABLES                                                                                \
    ".scroll{overflow:auto;margin:0 0 20px;border:1px solid var(--line);border-radius:8px}\n" \
    ".tall{max-height:640px}\n"                                                               \
    "table{border-collapse:separate;border-spacing:0;width:100%;font-size:14px;"              \
    "font-variant-numeric:tabular-nums}\n"                                                    \
    "caption{text-align:left;font-size:14px;padding:10px 14px;"                               \
    "border-bottom:1px solid var(--line)}\n"                                                  \
    "th,td{padding:7px 12px;text-align:left;white-space:nowrap;vertical-align:top;"           \
    "border-bottom:1px solid var(--line)}\n"                                                  \
    "tbody tr:last-child>*{border-bottom:0}\n"                                                \
    "thead th{position:sticky;top:0;background:var(--band);font-weight:600;"                  \
    "vertical-align:bottom;z-index:1}\n"                                                      \
    "thead .unit{font-weight:400;display:block}\n"                                            \
    "tbody th{font-weight:600}\n"                                                             \
    ".num{text-align:right}\n"                                                                \
    "tr.chosen>*{background:var(--chosen)}\n"                                                 \
    "td.wide{white-space:normal;min-width:16em}\n"

#define MEDIA                                                                           \
    "@media (max-width:640px){main{padding:24px 16px 48px}h1{font-size:25px}"           \
    ".lede{font-size:17px}.facts{grid-template-columns:1fr "                            \
    "1fr}.pair{grid-template-columns:1fr;gap:0}.pair dd{margin:0 0 10px}"               \
    "th,td{padding:6px 10px}}\n"                                                        \
    "@media print{:root{color-scheme:light;--page:#fff;--ink:#000;--soft:#444;"         \
    "--line:#bbb;--band:#f3f3f3;--accent:#000;--warn-page:#fff;--chosen:#eee}"          \
    "body{font-size:11pt}main{max-width:none;padding:0}.scroll,.tall{overflow:visible;" \
    "max-height:none;border:0}table{font-size:8pt}th,td{padding:2px 4px;"               \
    "white-space:normal}.num{white-space:nowrap}caption{break-after:avoid}thead "       \
    "th{position:static}figure,tr,.facts{break-inside:avoid}"                           \
    "h2,h3{break-after:avoid}pre{white-space:pre-wrap;font-size:8pt}}\n"

void eco_html_add_style(eco_str *str)
{
    eco_str_add(str, COLOURS);
    eco_str_add(str, TYPE);
    eco_str_add(str, BLOCKS);
    eco_str_add(str, TABLES);
    eco_str_add(str, MEDIA);
}
