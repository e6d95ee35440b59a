// Compares the tables of native/core/distributed/mpi_tables.h with the mpi.h that this is compiled with: types of
// functions, and values of constants. Prints the differences. GLISSADE_FAMILY is one of those below.
#include <mpi.h>

#include <cstdio>
#include <type_traits>

#include "distributed/mpi_tables.h"

#define FAMILY_MPICH 1
#define FAMILY_OPEN_MPI 2
#define FAMILY_STANDARD 3

namespace {

int faults = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("%s differs\n", what);
  ++faults;
}

/// Whether two types are passed in the same way: both are pointers, or they are equal.
template <typename A, typename B>
constexpr bool isAlike = std::is_same_v<A, B> || (std::is_pointer_v<A> && std::is_pointer_v<B>);

template <typename A, typename B>
constexpr bool isSameCall = false;
template <typename R, typename... A, typename... B>
constexpr bool isSameCall<R (*)(A...), R (*)(B...)> = []() {
  if constexpr (sizeof...(A) == sizeof...(B))
    return (isAlike<A, B> && ...);
  else
    return false;
}();

template <typename Real, typename Ours>
void compare(Real, Ours, const char* name) {
  expect(isSameCall<Real, Ours>, name);
}

template <typename Handle>
void compareAll(const glissade::MpiConstants<Handle>& ours) {
  glissade::MpiFunctions<Handle> call{};
  compare(&MPI_Init_thread, call.initThread, "MPI_Init_thread");
  compare(&MPI_Finalize, call.finalize, "MPI_Finalize");
  compare(&MPI_Abort, call.abort, "MPI_Abort");
  compare(&MPI_Comm_rank, call.commRank, "MPI_Comm_rank");
  compare(&MPI_Comm_size, call.commSize, "MPI_Comm_size");
  compare(&MPI_Comm_dup, call.commDup, "MPI_Comm_dup");
  compare(&MPI_Comm_set_errhandler, call.commSetErrhandler, "MPI_Comm_set_errhandler");
  compare(&MPI_Error_string, call.errorString, "MPI_Error_string");
  compare(&MPI_Get_library_version, call.getLibraryVersion, "MPI_Get_library_version");
  compare(&MPI_Iallreduce, call.iallreduce, "MPI_Iallreduce");
  compare(&MPI_Ibcast, call.ibcast, "MPI_Ibcast");
  compare(&MPI_Iallgather, call.iallgather, "MPI_Iallgather");
  compare(&MPI_Iallgatherv, call.iallgatherv, "MPI_Iallgatherv");
  compare(&MPI_Ialltoallv, call.ialltoallv, "MPI_Ialltoallv");
  compare(&MPI_Isend, call.isend, "MPI_Isend");
  compare(&MPI_Irecv, call.irecv, "MPI_Irecv");
  compare(&MPI_Test, call.test, "MPI_Test");
  int functions = 0;
  glissade::forEachFunction(call, [&](auto, const char*) { ++functions; });
  expect(functions * sizeof(void*) == sizeof call && functions == 17, "the number of functions");

  static_assert(sizeof(Handle) == sizeof(MPI_Comm) && sizeof(MPI_Comm) == sizeof(MPI_Request));
  const auto same = [](auto theirs, auto value) { return (Handle)theirs == (Handle)value; };
  expect(same(MPI_COMM_WORLD, ours.commWorld), "MPI_COMM_WORLD");
  expect(same(MPI_BYTE, ours.byte), "MPI_BYTE");
  expect(same(MPI_FLOAT, ours.float32), "MPI_FLOAT");
  expect(same(MPI_DOUBLE, ours.float64), "MPI_DOUBLE");
  expect(same(MPI_SUM, ours.sum), "MPI_SUM");
  expect(same(MPI_ERRORS_RETURN, ours.errorsReturn), "MPI_ERRORS_RETURN");
  expect((void*)MPI_IN_PLACE == ours.inPlace, "MPI_IN_PLACE");
  expect((void*)MPI_STATUS_IGNORE == ours.statusIgnore, "MPI_STATUS_IGNORE");
  expect(MPI_THREAD_SERIALIZED == ours.threadSerialized, "MPI_THREAD_SERIALIZED");
  expect(MPI_SUCCESS == 0, "MPI_SUCCESS");
  expect(MPI_MAX_ERROR_STRING <= glissade::kMpiText, "MPI_MAX_ERROR_STRING");
  expect(MPI_MAX_LIBRARY_VERSION_STRING <= glissade::kMpiText, "MPI_MAX_LIBRARY_VERSION_STRING");
}

}  // namespace

#if GLISSADE_FAMILY == FAMILY_OPEN_MPI
#include <dlfcn.h>
#endif

int main() {
#if GLISSADE_FAMILY == FAMILY_MPICH
  compareAll(glissade::mpichConstants());
#elif GLISSADE_FAMILY == FAMILY_OPEN_MPI
  compareAll(glissade::openMpiConstants([](const char* name) { return dlsym(RTLD_DEFAULT, name); }));
#else
  compareAll(glissade::standardConstants());
#endif
  if (faults == 0) std::printf("all alike\n");
  return faults;
}
