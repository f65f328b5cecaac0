/* The parts of the page, as the build embeds them; each ends with a NUL. Private to bench/report.
 */
#ifndef BENCH_REPORT_PAGE_H
#define BENCH_REPORT_PAGE_H

extern const char bench_report_page_html[]; /* with {{names}} of what is put in */
extern const char bench_report_page_css[];
extern const char bench_report_page_js[];
extern const char bench_report_page_policy[]; /* Content-Security-Policy */

#endif
