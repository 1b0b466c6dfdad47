struct thing {
    int part;
    struct thing *next;
};
struct later;
enum { LIMIT = 3 };
typedef int number;
static const int table[LIMIT] = {1, 2, 3};
static const char *const names[] = {"a", "b"};
static _Thread_local int last;
CLEANUP_POINTER(struct thing, thing_free)
extern const int other[];
int f(int a, void (*callback)(int));

/* Written once before any thread exists. */
static int settings;

static int g(int a)
{
    int local = a;
    return local;
}
