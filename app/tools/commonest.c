/* commonest.c - from lists of common passwords and words to a table of digests: commonest LISTS OUT.c
 *
 * LISTS is zxcvbn's frequency_lists.py (Debian: python3-zxcvbn): lines of `"name": "word,word,...",`, each list by frequency, commonest
 * first. A word that stands in several stands only where its rank is best. So of the 10,000 commonest passwords each is among the first
 * 10,000 of some list: what we take is all of those, which holds them and, besides, common words and names. Shorter words than a
 * password may be are left out. What is written is sorted FNV-1a digests of 64 bits; two words of a list don't share one by chance. */
#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 10000, SHORTEST = 8, LINE_MOST = 1 << 21, WORDS_MOST = 200000, WORDS_LEAST = 5000 };

static uint64_t digests[WORDS_MOST];
static size_t count;

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t digest(const char *s, size_t n)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < n; i++) {
        h = (h ^ (uint64_t)tolower((unsigned char)s[i])) * UINT64_C(1099511628211);
    }
    return h;
}

/* The words of one line; false if it is none of a list. */
static int take_list(const char *line)
{
    const char *s = strstr(line, "\": \"");
    if (s == NULL) {
        return 0;
    }
    s += 4;
    for (int rank = 0; rank < FIRST && *s != '"' && *s != '\0' && *s != '\n'; rank++) {
        size_t n = strcspn(s, ",\"\n");
        if (n >= SHORTEST && memchr(s, '\\', n) == NULL && count < WORDS_MOST) {
            digests[count++] = digest(s, n);
        }
        s += n + (s[n] == ',');
    }
    return 1;
}

static int read_lists(const char *path)
{
    static char line[LINE_MOST];
    FILE *in = fopen(path, "re");
    int lists = 0;
    if (in == NULL) {
        perror(path);
        return 0;
    }
    while (fgets(line, sizeof line, in) != NULL) {
        lists += take_list(line);
    }
    fclose(in);
    return lists;
}

static int write_table(const char *path)
{
    FILE *out = fopen(path, "we");
    size_t kept = 0;
    if (out == NULL) {
        perror(path);
        return 0;
    }
    fputs("/* Made by app/tools/commonest.c. */\n#include <stddef.h>\n#include <stdint.h>\n\n"
          "extern const uint64_t password_commonest[];\nextern const size_t password_commonest_count;\n\n"
          "const uint64_t password_commonest[] = {\n",
          out);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || digests[i] != digests[i - 1]) {
            fprintf(out, "UINT64_C(0x%016" PRIx64 "),%s", digests[i], ++kept % 4 == 0 ? "\n" : " ");
        }
    }
    fprintf(out, "\n};\nconst size_t password_commonest_count = %zu;\n", kept);
    return fclose(out) == 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: commonest LISTS OUT.c\n", stderr);
        return 2;
    }
    int lists = read_lists(argv[1]);
    if (lists == 0 || count < WORDS_LEAST) {
        fprintf(stderr, "%s: %d lists with %zu words of %d or more characters: that is not what it should hold\n", argv[1],
                lists, count, SHORTEST);
        return 1;
    }
    qsort(digests, count, sizeof *digests, by_value);
    return write_table(argv[2]) ? 0 : 1;
}
