/* The two CBLAS functions that Plimsoll calls, in plain loops, for the tests: no real library has to
 * be installed. -DWITHOUT_GEMV leaves one out. */
#include <stdint.h>

int threads_asked_for = 0;

void openblas_set_num_threads(int threads) { threads_asked_for = threads; }

const char *openblas_get_config(void) { return "plain loops"; }

void cblas_sgemm(
    int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
    const float *b, int ldb, float beta, float *c, int ldc) {
  if (order != 101 || trans_a != 111 || beta != 0) return;
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      float sum = 0;
      for (int p = 0; p < k; p++)
        sum += a[i * lda + p] * (trans_b == 111 ? b[p * ldb + j] : b[j * ldb + p]);
      c[i * ldc + j] = alpha * sum;
    }
}

#ifndef WITHOUT_GEMV
void cblas_sgemv(
    int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x,
    int step_x, float beta, float *y, int step_y) {
  if (order != 101 || trans != 111 || beta != 0) return;
  for (int i = 0; i < m; i++) {
    float sum = 0;
    for (int j = 0; j < n; j++) sum += a[i * lda + j] * x[j * step_x];
    y[i * step_y] = alpha * sum;
  }
}
#endif
