/* How fast this machine reads as many bytes as the kernels, without WebAssembly: sums a matrix with all threads, GB/s. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static float *data;
static const size_t count = (size_t)768 * 50280; /* floats: distances of 2^n bytes would share few sets of the cache */
static int threads;

typedef float vector __attribute__((vector_size(64), aligned(4)));

static void *part(void *argument) {
  size_t index = (size_t)argument, length = count / threads;
  const vector *p = (const vector *)(data + index * length);
  size_t quarter = length / 16 / 4;
  vector a = {0}, b = {0}, c = {0}, d = {0};
  for (size_t i = 0; i < quarter; i++) { /* four distant streams, as the kernels have */
    a += p[i];
    b += p[i + quarter];
    c += p[i + 2 * quarter];
    d += p[i + 3 * quarter];
  }
  vector sum = a + b + c + d;
  float total = 0;
  for (int j = 0; j < 16; j++) total += sum[j];
  return (void *)(size_t)(total > 1e30f);
}

int main(int argc, char **argv) {
  threads = argc > 1 ? atoi(argv[1]) : 1;
  data = malloc(count * sizeof(float));
  for (size_t i = 0; i < count; i++) data[i] = 1;
  double best = 1e9;
  for (int run = 0; run < 30; run++) {
    struct timespec a, b;
    pthread_t ids[64];
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (size_t t = 0; t < (size_t)threads; t++) pthread_create(&ids[t], 0, part, (void *)t);
    for (int t = 0; t < threads; t++) pthread_join(ids[t], 0);
    clock_gettime(CLOCK_MONOTONIC, &b);
    double seconds = (b.tv_sec - a.tv_sec) + 1e-9 * (b.tv_nsec - a.tv_nsec);
    if (seconds < best) best = seconds;
  }
  printf("%.1f\n", count * sizeof(float) / best / 1e9);
  return 0;
}
