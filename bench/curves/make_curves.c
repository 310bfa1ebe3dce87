/*
 * Learning curves of small networks on images of 28 x 28 pixels: fashion_mlp.csv (Fashion-MNIST,
 * constant step size) and mnist_mlp.csv (MNIST, step size falling linearly to 0) were made with it.
 *
 * A fully connected network with rectified units, one or two hidden layers and a softmax at the
 * end, trained by stochastic gradient descent with momentum.  Every setting starts from weights of
 * its own seed and sees the images in an order of its own, so rows differ by chance as well, as the
 * trials of a real study do.  Nothing is tuned, and settings that diverge are left in the table.
 *
 * This program is no part of the build: it stands here so that the table can be made again.  Times
 * are CPU times of this thread; accuracies do not depend on the machine but for the order in which
 * the compiler adds.
 *
 * usage: make_curves FOLDER-WITH-UNPACKED-IDX-FILES > fashion_mlp.csv
 *        make_curves FOLDER-WITH-UNPACKED-IDX-FILES decay > mnist_mlp.csv
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N_TRAIN = 3000, N_TEST = 2000, EPOCHS = 27, CLASSES = 10, MAX_IN = 784 };

static float *train_x, *test_x;
static unsigned char train_y[N_TRAIN], test_y[N_TEST];
static unsigned long long state;
static int is_decaying;

/* Knuth's 64-bit linear congruential generator; the upper bits of it are good enough here. */
static double uniform(void)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(state >> 11) * 0x1p-53;
}

/* CPU time of this thread: other programs on the machine do not count. */
static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Images averaged over pool x pool pixels. */
static void read_images(const char *dir, const char *name, int n, int pool, float *x)
{
    char path[512];
    unsigned char image[784];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 16, SEEK_SET))
        exit(1);
    int side = 28 / pool;
    for (int i = 0; i < n; i++) {
        if (fread(image, 1, 784, f) != 784)
            exit(1);
        for (int r = 0; r < side; r++)
            for (int c = 0; c < side; c++) {
                int sum = 0;
                for (int a = 0; a < pool; a++)
                    for (int b = 0; b < pool; b++)
                        sum += image[(r * pool + a) * 28 + c * pool + b];
                x[i * side * side + r * side + c] = (float)sum / (float)(255 * pool * pool) - 0.3f;
            }
    }
    fclose(f);
}

/* One byte each behind a header of eight. */
static void read_labels(const char *dir, const char *name, int n, unsigned char *y)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 8, SEEK_SET) || fread(y, 1, (size_t)n, f) != (size_t)n)
        exit(1);
    fclose(f);
}

/* Weights, biases and their velocities; the gradients are layers, too. */
typedef struct layer {
    int in, out;
    float *w, *b, *vw, *vb;
} layer;
static layer net[3];
static int n_layers;
static float act[4][MAX_IN], delta[4][MAX_IN];

/* He's initialisation for rectified units; biases start at zero. */
static void layer_init(layer *l, int in, int out)
{
    size_t n = (size_t)in * (size_t)out;
    *l = (layer){
        in, out, calloc(n, 4), calloc((size_t)out, 4), calloc(n, 4), calloc((size_t)out, 4)};
    float s = sqrtf(2.0f / (float)in);
    for (size_t i = 0; i < n; i++)
        l->w[i] = s * (float)(sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform()));
}

/* Activations of every layer; the last has no rectifier. */
static void forward(const float *x)
{
    memcpy(act[0], x, sizeof(float) * (size_t)net[0].in);
    for (int k = 0; k < n_layers; k++)
        for (int j = 0; j < net[k].out; j++) {
            const float *w = net[k].w + (size_t)j * (size_t)net[k].in;
            float s = net[k].b[j];
            for (int i = 0; i < net[k].in; i++)
                s += w[i] * act[k][i];
            act[k + 1][j] = k + 1 < n_layers && s < 0 ? 0 : s;
        }
}

/* The class that the network would choose. */
static int best(void)
{
    int b = 0;
    for (int j = 1; j < CLASSES; j++)
        if (act[n_layers][j] > act[n_layers][b])
            b = j;
    return b;
}

/* Gradient of the cross entropy of one image, added to g. */
static void backward(int label, layer *g)
{
    float *out = act[n_layers], most = out[best()], sum = 0;
    for (int j = 0; j < CLASSES; j++)
        sum += delta[n_layers][j] = expf(out[j] - most);
    for (int j = 0; j < CLASSES; j++)
        delta[n_layers][j] = delta[n_layers][j] / sum - (j == label);
    for (int k = n_layers - 1; k >= 0; k--) {
        memset(delta[k], 0, sizeof(float) * (size_t)net[k].in);
        for (int j = 0; j < net[k].out; j++) {
            float d = delta[k + 1][j];
            if (d == 0)
                continue;
            float *gw = g[k].w + (size_t)j * (size_t)net[k].in;
            const float *w = net[k].w + (size_t)j * (size_t)net[k].in;
            for (int i = 0; i < net[k].in; i++) {
                gw[i] += d * act[k][i];
                delta[k][i] += d * w[i];
            }
            g[k].b[j] += d;
        }
        if (k > 0)
            for (int i = 0; i < net[k].in; i++)
                if (act[k][i] <= 0)
                    delta[k][i] = 0;
    }
}

/* One step of descent with momentum, after a batch; the gradient is cleared. */
static void update(layer *g, float lr, float momentum, int batch)
{
    for (int k = 0; k < n_layers; k++) {
        size_t n = (size_t)net[k].in * (size_t)net[k].out;
        for (size_t i = 0; i < n; i++) {
            net[k].vw[i] = momentum * net[k].vw[i] - lr * g[k].w[i] / (float)batch;
            net[k].w[i] += net[k].vw[i];
            g[k].w[i] = 0;
        }
        for (int j = 0; j < net[k].out; j++) {
            net[k].vb[j] = momentum * net[k].vb[j] - lr * g[k].b[j] / (float)batch;
            net[k].b[j] += net[k].vb[j];
            g[k].b[j] = 0;
        }
    }
}

/* One row of the table: trains with a setting and tests after every epoch. */
static void run(int pool, int hidden, int depth, double lr, int batch, double momentum)
{
    int in = (28 / pool) * (28 / pool), order[N_TRAIN];
    layer g[3];
    state = 12345ULL +
            (unsigned long long)(pool * 1000003 + hidden * 7919 + depth * 104729 + batch * 31) +
            (unsigned long long)(lr * 1e6);
    n_layers = depth + 1;
    for (int k = 0; k < n_layers; k++) {
        int a = k == 0 ? in : hidden, b = k == depth ? CLASSES : hidden;
        layer_init(&net[k], a, b);
        layer_init(&g[k], a, b);
        memset(g[k].w, 0, 4 * (size_t)a * (size_t)b);
    }
    printf("%d,%d,%d,%g,%d,%g", 28 / pool, hidden, depth, lr, batch, momentum);
    char curve[2048];
    size_t at = 0;
    double t_train = 0, t_eval = 0;
    for (int i = 0; i < N_TRAIN; i++)
        order[i] = i;
    for (int e = 0; e < EPOCHS; e++) {
        for (int i = N_TRAIN - 1; i > 0; i--) {
            int j = (int)(uniform() * (i + 1)), t = order[i];
            order[i] = order[j];
            order[j] = t;
        }
        double t0 = now_s();
        for (int i = 0; i < N_TRAIN; i++) {
            double done = (e + (double)i / N_TRAIN) / EPOCHS, share = is_decaying ? 1 - done : 1;
            forward(train_x + (size_t)order[i] * (size_t)in);
            backward(train_y[order[i]], g);
            if ((i + 1) % batch == 0 || i + 1 == N_TRAIN)
                update(g, (float)(lr * share), (float)momentum, batch);
        }
        double t1 = now_s();
        int right = 0;
        for (int i = 0; i < N_TEST; i++) {
            forward(test_x + (size_t)i * (size_t)in);
            right += best() == test_y[i];
        }
        t_train += t1 - t0;
        t_eval += now_s() - t1;
        at += (size_t)snprintf(curve + at, sizeof curve - at, ",%.4g", (double)right / N_TEST);
    }
    printf(",%.4g,%.4g%s\n", 1e3 * t_train / EPOCHS, 1e6 * t_eval / EPOCHS / N_TEST, curve);
    fflush(stdout);
    for (int k = 0; k < n_layers; k++) {
        free(net[k].w);
        free(net[k].b);
        free(net[k].vw);
        free(net[k].vb);
        free(g[k].w);
        free(g[k].b);
        free(g[k].vw);
        free(g[k].vb);
    }
}

int main(int argc, char **argv)
{
    const int pools[] = {4, 2, 1}, hiddens[] = {4, 8, 16, 32, 64, 128}, batches[] = {8, 32, 128};
    const double lrs[] = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3}, momentums[] = {0, 0.9};
    if (argc != 2 && !(argc == 3 && strcmp(argv[2], "decay") == 0))
        return 2;
    is_decaying = argc == 3;
    printf("side,hidden,depth,lr,batch,momentum,train_ms_per_epoch,infer_us");
    for (int e = 1; e <= EPOCHS; e++)
        printf(",acc%d", e);
    printf("\n");
    read_labels(argv[1], "train-labels-idx1", N_TRAIN, train_y);
    read_labels(argv[1], "t10k-labels-idx1", N_TEST, test_y);
    train_x = calloc((size_t)N_TRAIN * 784, 4);
    test_x = calloc((size_t)N_TEST * 784, 4);
    for (int p = 0; p < 3; p++) {
        read_images(argv[1], "train-images-idx3", N_TRAIN, pools[p], train_x);
        read_images(argv[1], "t10k-images-idx3", N_TEST, pools[p], test_x);
        for (int h = 0; h < 6; h++)
            for (int d = 1; d <= 2; d++)
                for (int l = 0; l < 6; l++)
                    for (int b = 0; b < 3; b++)
                        for (int m = 0; m < 2; m++) {
                            if (pools[p] == 1 && (hiddens[h] > 64 || d == 2))
                                continue;
                            run(pools[p], hiddens[h], d, lrs[l], batches[b], momentums[m]);
                        }
    }
    return 0;
}
