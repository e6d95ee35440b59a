/* An addon that forks its process: forked(how) → the status of the child from waitpid, or −1 if it does not end. A
child of Node can't run JavaScript, because V8's code is not copied to it. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

typedef void *napi_value, *napi_env, *napi_callback_info;
int napi_create_function(napi_env, const char *, size_t, napi_value (*)(napi_env, napi_callback_info), void *, napi_value *);
int napi_create_int32(napi_env, int, napi_value *);
int napi_get_cb_info(napi_env, napi_callback_info, size_t *, napi_value *, napi_value *, void **);
int napi_get_value_int32(napi_env, napi_value, int *);

static napi_value forked(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, result;
  int how = 0, status = -1;
  napi_get_cb_info(env, info, &count, &argument, 0, 0);
  napi_get_value_int32(env, argument, &how);
  const pid_t child = fork();
  if (child == 0) {
    if (how == 0) exit(3);
    if (how == 1) _exit(4);
    if (how == 2) quick_exit(5);
    execl("/bin/sh", "sh", "-c", "exit 6", (char *)0);
    abort();
  }
  int i;
  for (i = 0; i < 1000 && waitpid(child, &status, WNOHANG) == 0; ++i) usleep(10000);
  if (i == 1000) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    status = -1;
  }
  napi_create_int32(env, status, &result);
  return result;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function;
  (void)exports;
  napi_create_function(env, "forked", 6, forked, 0, &function);
  return function;
}
