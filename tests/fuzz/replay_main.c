/* Runs a fuzz target once over each file of the folders given: the corpus as a regression test. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (!file || fstat(fileno(file), &info) != 0) {
        (void)fprintf(stderr, "cannot open '%s'\n", path);
        if (file)
            (void)fclose(file);
        return 1;
    }
    size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size + 1);
    int failed = !data || fread(data, 1, size, file) != size;
    if (!failed)
        (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    (void)fclose(file);
    return failed;
}

static int replay_folder(const char *folder, size_t *n_files)
{
    struct dirent **entries = NULL;
    int failed = 0, n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char path[2048];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            failed |= replay_file(path);
            ++*n_files;
        }
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    size_t n_files = 0;
    for (int i = 1; i < argc; i++)
        failed |= replay_folder(argv[i], &n_files);
    (void)printf("%zu files\n", n_files);
    return failed || n_files == 0;
}
