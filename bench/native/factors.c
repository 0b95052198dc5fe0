// The C twins of evaluate and relaxUsers (biases, fixed mean, scale 1), as a control: how fast is C here, and how does it scale?
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define D FACTORS
#define S (D + 1)
#define CHUNKS 8

static uint32_t users, items, ratings, *start, *others;
static double mean, penalty, *rating, *point, *gradient, *tables, *blocks, losses[CHUNKS * 16];
static uint32_t borders[CHUNKS + 1];
static void (*operation)(int);
static int nextTask, threadCount;

static void evaluateChunk(int c) {
  double *table = tables + (size_t)c * items * S, loss = 0;
  const double *rows = point, *itemRows = point + (size_t)users * S;
  memset(table, 0, sizeof(double) * items * S);
  for (uint32_t u = borders[c]; u < borders[c + 1]; u++) {
    const double *p = rows + (size_t)u * S;
    double own[S];
    for (int f = 0; f < S; f++) own[f] = penalty * p[f], loss += penalty * p[f] * p[f] / 2;
    for (uint32_t k = start[u]; k < start[u + 1]; k++) {
      const double *restrict q = itemRows + (size_t)others[k] * S;
      double *restrict t = table + (size_t)others[k] * S;
      double score = mean + p[D] + q[D];
      for (int f = 0; f < D; f++) score += p[f] * q[f];
      double e = rating[k] - score;
      loss += e * e / 2;
      for (int f = 0; f < D; f++) own[f] -= e * q[f];
      for (int f = 0; f < D; f++) t[f] -= e * p[f];
      own[D] -= e;
      t[D] -= e;
    }
    memcpy(gradient + (size_t)u * S, own, sizeof own);
  }
  losses[c * 16] = loss;
}

static void relaxChunk(int c) {
  double *table = tables + (size_t)c * items * S, loss = 0;
  const double *itemRows = point + (size_t)users * S;
  memset(table, 0, sizeof(double) * items * S);
  for (uint32_t u = borders[c]; u < borders[c + 1]; u++) {
    double *p = point + (size_t)u * S, own[S], next[S];
    const double *block = blocks + (size_t)u * S * S;
    for (int f = 0; f < S; f++) own[f] = penalty * p[f];
    for (uint32_t k = start[u]; k < start[u + 1]; k++) {
      const double *restrict q = itemRows + (size_t)others[k] * S;
      double score = mean + p[D] + q[D];
      for (int f = 0; f < D; f++) score += p[f] * q[f];
      double e = rating[k] - score;
      for (int f = 0; f < D; f++) own[f] -= e * q[f];
      own[D] -= e;
    }
    for (int f = 0; f < S; f++) {
      double sum = 0;
      for (int g = 0; g < S; g++) sum += block[f * S + g] * own[g];
      next[f] = p[f] - sum;
    }
    memcpy(p, next, sizeof next);
    for (int f = 0; f < S; f++) loss += penalty * next[f] * next[f] / 2;
    for (uint32_t k = start[u]; k < start[u + 1]; k++) {
      const double *restrict q = itemRows + (size_t)others[k] * S;
      double *restrict t = table + (size_t)others[k] * S;
      double score = mean + next[D] + q[D];
      for (int f = 0; f < D; f++) score += next[f] * q[f];
      double e = rating[k] - score;
      loss += e * e / 2;
      for (int f = 0; f < D; f++) t[f] -= e * next[f];
      t[D] -= e;
    }
  }
  losses[c * 16] = loss;
}

static void *work(void *unused) {
  for (int c; (c = __atomic_fetch_add(&nextTask, 1, __ATOMIC_SEQ_CST)) < CHUNKS;) operation(c);
  return unused;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double once(void (*chunk)(int), int threads) {
  double begun = now();
  pthread_t other;
  operation = chunk;
  nextTask = 0;
  if (threads == 2) pthread_create(&other, NULL, work, NULL);
  work(NULL);
  if (threads == 2) pthread_join(other, NULL);
  double *out = gradient + (size_t)users * S;
  memcpy(out, tables, sizeof(double) * items * S);
  for (int c = 1; c < CHUNKS; c++)
    for (size_t k = 0; k < (size_t)items * S; k++) out[k] += tables[(size_t)c * items * S + k];
  return now() - begun;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void measure(const char *name, void (*chunk)(int), const char *end) {
  double times[2][21];
  for (int r = 0; r < 21; r++)
    for (int t = 0; t < 2; t++) times[t][r] = once(chunk, t + 1);
  for (int t = 0; t < 2; t++) qsort(times[t], 21, sizeof(double), ascending);
  printf("\"%s\":{\"one\":%.3f,\"two\":%.3f}%s", name, times[0][10], times[1][10], end);
}

static void *readAll(FILE *file, size_t bytes) {
  void *to = malloc(bytes);
  if (fread(to, 1, bytes, file) != bytes) exit(1);
  return to;
}

int main(int argc, char **argv) {
  FILE *file = fopen(argv[argc - 1], "rb");
  uint32_t *head = readAll(file, 16);
  users = head[0], items = head[1], ratings = head[2];
  start = readAll(file, 4 * ((size_t)users + 1));
  others = readAll(file, 4 * (size_t)ratings);
  double *numbers = readAll(file, 16);
  mean = numbers[0], penalty = numbers[1];
  rating = readAll(file, 8 * (size_t)ratings);
  point = readAll(file, 8 * ((size_t)users + items) * S);
  gradient = malloc(8 * ((size_t)users + items) * S);
  tables = malloc(8 * (size_t)CHUNKS * items * S);
  blocks = calloc((size_t)users * S * S, 8);
  for (size_t k = 0; k < (size_t)users * S; k++) blocks[k / S * S * S + k % S * (S + 1)] = 1e-3;
  uint32_t row = 0;
  for (int c = 1; c < CHUNKS; c++) {
    double goal = ((double)ratings + users) * c / CHUNKS;
    while (row < users && start[row] + row < goal) row++;
    borders[c] = row;
  }
  borders[CHUNKS] = users;
  printf("{\"factors\":%d,", D);
  measure("evaluate", evaluateChunk, ",");
  measure("relaxUsers", relaxChunk, "}\n");
  return 0;
}
