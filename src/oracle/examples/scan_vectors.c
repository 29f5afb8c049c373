/* Runs a scan in C over the conformance vectors: a sketch to begin a port with.
 *
 *     cc -O2 -std=c99 scan_vectors.c -o scan_vectors
 *     ./scan_vectors VECTORS/inputs.safetensors results.safetensors
 *
 * Replace `scan` by yours. Of the layout `ours`, on a little-endian machine. -DWRONG swaps the operands of the combine.
 *
 * A safetensors file: 8 bytes of header length, a JSON header, the data. Headers that mamba-ts writes hold
 * "NAME":{"dtype":"F32","shape":[2,3],"data_offsets":[begin,end]} without spaces, which is all that is read here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char *header;
  unsigned char *bytes;      /* the header and the data */
  const unsigned char *data; /* behind the header */
} File;

typedef struct {
  long rows, columns; /* (rows, columns), or (columns) with rows 1 */
  const float *values;
} Tensor;

static void fail(const char *what, const char *name) {
  fprintf(stderr, "%s: %s\n", what, name);
  exit(1);
}

static void *allocate(size_t size) {
  void *memory = calloc(size + 1, 1);
  if (memory == NULL) fail("out of memory", "");
  return memory;
}

static File read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  uint64_t length = 0;
  if (file == NULL || fread(&length, 8, 1, file) != 1) fail("cannot read", path);
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file) - 8;
  unsigned char *bytes = allocate(size);
  fseek(file, 8, SEEK_SET);
  if (length > size || fread(bytes, 1, size, file) != size) fail("cut short", path);
  fclose(file);
  char *header = allocate(length);
  memcpy(header, bytes, length);
  return (File){header, bytes, bytes + length};
}

/* 0 where there is no such tensor. */
static int find(File file, const char *name, Tensor *tensor) {
  char key[256];
  snprintf(key, sizeof key, "\"%s\":{\"dtype\":\"F32\",\"shape\":[", name);
  const char *at = strstr(file.header, key);
  if (at == NULL) return 0;
  at += strlen(key);
  long sizes[2] = {1, 0}, begin = 0;
  int count = sscanf(at, "%ld,%ld", &sizes[0], &sizes[1]);
  tensor->rows = count == 2 ? sizes[0] : 1;
  tensor->columns = count == 2 ? sizes[1] : sizes[0];
  at = strstr(at, "\"data_offsets\":[");
  if (at == NULL || sscanf(at, "\"data_offsets\":[%ld", &begin) != 1) fail("no offsets", name);
  tensor->values = (const float *)(const void *)(file.data + begin);
  return 1;
}

/* h[t] = a[t]*h[t-1] + b[t] for each channel: h (rows, columns), last (columns) with h[-1] in it. */
static void scan(const Tensor *a, const Tensor *b, float *h, float *last) {
  for (long d = 0; d < a->columns; d++) {
    float state = last[d], weight = 1;
    for (long t = 0; t < a->rows; t++) {
      float at = a->values[t * a->columns + d], bt = b->values[t * a->columns + d];
#ifdef WRONG
      state = t == 0 ? at * state + bt : state + weight * bt;
      weight *= at;
#else
      (void)weight;
      state = at * state + bt;
#endif
      h[t * a->columns + d] = state;
    }
    last[d] = state;
  }
}

static void run(File inputs, const char *name, char **header, float **results, long *count) {
  char key[256];
  Tensor a, b, h0;
  snprintf(key, sizeof key, "%s/a", name);
  if (!find(inputs, key, &a)) fail("no a", name);
  snprintf(key, sizeof key, "%s/b", name);
  if (!find(inputs, key, &b)) fail("no b", name);
  snprintf(key, sizeof key, "%s/h0", name);
  int continued = find(inputs, key, &h0);
  long size = a.rows * a.columns, begin = 4 * *count;
  *results = realloc(*results, 4 * (size_t)(*count + size + a.columns) + 4);
  *header = realloc(*header, strlen(*header) + 600);
  if (*results == NULL || *header == NULL) fail("out of memory", name);
  float *h = *results + *count, *last = h + size;
  for (long d = 0; d < a.columns; d++) last[d] = continued ? h0.values[d] : 0;
  scan(&a, &b, h, last);
  const char *format = "%s\"%s/h\":{\"dtype\":\"F32\",\"shape\":[%ld,%ld],\"data_offsets\":[%ld,%ld]},"
                       "\"%s/hLast\":{\"dtype\":\"F32\",\"shape\":[%ld],\"data_offsets\":[%ld,%ld]}";
  sprintf(*header + strlen(*header), format, **header == '{' && (*header)[1] == 0 ? "" : ",", name, a.rows, a.columns,
          begin, begin + 4 * size, name, a.columns, begin + 4 * size, begin + 4 * (size + a.columns));
  *count += size + a.columns;
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage", "scan_vectors inputs.safetensors results.safetensors");
  File inputs = read_file(arguments[1]);
  char *header = allocate(1);
  strcpy(header, "{");
  float *results = NULL;
  long numbers = 0;
  for (const char *at = inputs.header; (at = strstr(at, "\"scan/")) != NULL; at++) {
    char name[200];
    if (sscanf(at, "\"%199[^\"]", name) != 1 || strcmp(name + strlen(name) - 2, "/a") != 0) continue;
    name[strlen(name) - 2] = 0;
    run(inputs, name, &header, &results, &numbers);
  }
  FILE *file = fopen(arguments[2], "wb");
  if (file == NULL) fail("cannot write", arguments[2]);
  uint64_t length = strlen(header) + 1;
  fwrite(&length, 8, 1, file);
  fprintf(file, "%s}", header);
  fwrite(results, 4, (size_t)numbers, file);
  free(results);
  free(header);
  free(inputs.header);
  free(inputs.bytes);
  return fclose(file);
}
