#include <criterion/criterion.h>
#include <string.h>

#include "bench/util/markdown.h"

static void expect(const char *text, const char *markdown,
                   void (*add)(struct bench_str *, const char *))
{
    struct bench_str out;
    bench_str_init(&out);
    add(&out, text);
    cr_expect_str_eq(out.data, markdown, "%s became %s", text, out.data);
    bench_str_fini(&out);
}

Test(markdown, what_is_plain_stays_as_it_is)
{
    static const char *const plain[] = {"",
                                        "gelu",
                                        "layer_norm",
                                        "float32 [64, 1024] approximate=none",
                                        "1.30x - 1.45x",
                                        "3 processes; a + b = 4. And so on",
                                        "größer als §",
                                        "# of cases: 3 @ 4"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        expect(plain[i], plain[i], bench_markdown_add);
}

/* Nobody gets a message because an operator has such a name. */
Test(markdown, nobody_is_called_and_nothing_is_referred_to)
{
    static const struct {
        const char *text, *markdown;
    } table[] = {
        {"@torvalds", "@<!-- -->torvalds"},
        {"a@b/team", "a@<!-- -->b/team"},
        {"fixes #12", "fixes #<!-- -->12"},
        {"owner/name#1", "owner/name#<!-- -->1"},
        {"GH-7 gh-8", "GH-<!-- -->7 gh-<!-- -->8"},
        {"https://github.com/o/n/pull/1", "https:<!-- -->//github.com/o/n/pull/1"},
        {"www.x.org", "www.<!-- -->x.org"},
        {"@@a", "@@<!-- -->a"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        expect(table[i].text, table[i].markdown, bench_markdown_add);
}

Test(markdown, markup_is_text)
{
    static const struct {
        const char *text, *markdown;
    } table[] = {
        {"<img src=x>", "&#60;img src=x&#62;"},
        {"[a](b)", "[a]&#40;b)"},
        {"![a](b)", "![a]&#40;b)"},
        {"a|b", "a&#124;b"},
        {"**b** `c` ~d~ $e$", "&#42;&#42;b&#42;&#42; &#96;c&#96; &#126;d&#126; &#36;e&#36;"},
        {"_i_ __init__", "&#95;i&#95; &#95;&#95;init&#95;&#95;"},
        {"&lt;\\", "&#38;lt;&#92;"},
        {"a\nb\r\tc\x7f"
         "d",
         "a b  c d"},
        {"-->", "--&#62;"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        expect(table[i].text, table[i].markdown, bench_markdown_add);
}

Test(markdown, code_does_not_end_early)
{
    expect("x = {\"a\": 1}", "`x = {\"a\": 1}`", bench_markdown_add_code);
    expect("a`b|c\nd", "`a b c d`", bench_markdown_add_code);
    expect("@user <b>", "`@user <b>`", bench_markdown_add_code);
}
