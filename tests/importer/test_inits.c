/* __init__.py files that are there already: names are added in order, everything else stays. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

TestSuite(inits, .init = importer_enter, .fini = importer_leave, .timeout = 300);

struct edit {
    char before[200];
    char after[300];
};

static struct edit edits[] = {
    {"# only a comment\n", "# only a comment\n\nfrom .gelu import gelu\n\n__all__ = [\"gelu\"]\n"},
    {"from .abs import abs  # mine\n__all__ = [\"abs\"]\n",
     "from .abs import abs  # mine\nfrom .gelu import gelu\n__all__ = [\"abs\", \"gelu\"]\n"},
    {"\"\"\"Doc.\"\"\"\nimport os\n\nfrom .zeta import zeta\n",
     "\"\"\"Doc.\"\"\"\nimport os\n\nfrom .gelu import gelu\nfrom .zeta import "
     "zeta\n\n__all__ = [\"gelu\"]\n"},
    {"from .abs import (\n    abs,\n)\n\n__all__ = [\n    \"abs\"  # last\n]\n",
     "from .abs import (\n    abs,\n)\nfrom .gelu import gelu\n\n__all__ = [\n    \"abs\",  # "
     "last\n    \"gelu\",\n]\n"},
    {"__all__ = (\"zeta\",)\nfrom .zeta import zeta\n",
     "__all__ = [\"gelu\", \"zeta\"]\nfrom .gelu import gelu\nfrom .zeta import zeta\n"},
    {"__all__ = []\n", "from .gelu import gelu\n\n__all__ = [\"gelu\"]\n"},
    {"\"\"\"Doc.\"\"\"\n", "\"\"\"Doc.\"\"\"\n\nfrom .gelu import gelu\n\n__all__ = [\"gelu\"]\n"},
    {"\"\"\"Doc.\"\"\"\n\nX = 1\n",
     "\"\"\"Doc.\"\"\"\n\nfrom .gelu import gelu\n\nX = 1\n\n__all__ = [\"gelu\"]\n"},
    {"from .abs import abs\r\n", "from .abs import abs\r\nfrom .gelu import "
                                 "gelu\r\n\r\n__all__ = [\"gelu\"]\r\n"},
    {"from .gelu import gelu\n\n__all__ = ['gelu']  # as it was\n",
     "from .gelu import gelu\n\n__all__ = ['gelu']  # as it was\n"},
};

ParameterizedTestParameters(inits, edited)
{
    return cr_make_param_array(struct edit, edits, sizeof(edits) / sizeof(*edits));
}

ParameterizedTest(struct edit *edit, inits, edited)
{
    importer_select("gelu");
    importer_data("gelu", "gelu", "def gelu(x):\n    return x + 1\n", NULL);
    importer_write(GENERATED "pointwise/__init__.py", edit->before);
    importer_write(GENERATED "pointwise/abs.py", "def abs(x):\n    return x\n");
    importer_write(GENERATED "pointwise/zeta.py", "def zeta(x):\n    return x\n");
    importer_import();
    char *text = importer_read(GENERATED "pointwise/__init__.py");
    cr_expect_str_eq(text, edit->after, "it is:\n%s\nexpected:\n%s", text, edit->after);
    free(text);
    cr_expect_eq(importer_import(), 0, "a second import changes nothing");
}

/* A package that an earlier tool broke: every place in one message, by the lines of the file as it
 * is. */
Test(inits, all_that_is_broken_is_told_at_once)
{
    importer_select("gelu");
    importer_data("gelu", "gelu", "def gelu(x):\n    return x + 1\n", NULL);
    importer_write(GENERATED "pointwise/__init__.py",
                   "from .abs import abs\nfrom .ge_ import ge_\nfrom .lost import lost\n\n"
                   "__all__ = [\"abs\", \"ge_\", \"lost\", \"never\"]\n");
    importer_write(GENERATED "pointwise/abs.py", "def abs(x):\n    return x\n");
    importer_write(GENERATED "pointwise/ge_.py", "def ge__Scalar(x):\n    return x\n");
    importer_write(GENERATED "blas/__init__.py", "from .mm import mm\n");
    importer_plan_fails("correct this to go on (4 places):\n");
    importer_plan_fails("pointwise/__init__.py: line 2: imports 'ge_' from '.ge_', which does not");
    importer_plan_fails("pointwise/__init__.py: line 3: imports from '.lost', which is not there");
    importer_plan_fails("pointwise/__init__.py: line 5: __all__ lists 'never', which is not there");
    importer_plan_fails("blas/__init__.py: line 1: imports from '.mm', which is not there");
}
