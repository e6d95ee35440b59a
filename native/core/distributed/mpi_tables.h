#pragma once

#include <cstddef>
#include <cstdint>

namespace glissade {

/// The functions of MPI that the package uses. Handles (MPI_Comm, MPI_Datatype, MPI_Op, MPI_Request, MPI_Errhandler)
/// have the type `Handle`. Statuses are ignored, so they are untyped pointers.
template <typename Handle>
struct MpiFunctions {
  int (*initThread)(int* argc, char*** argv, int required, int* provided);
  int (*finalize)();
  int (*abort)(Handle communicator, int code);
  int (*commRank)(Handle communicator, int* rank);
  int (*commSize)(Handle communicator, int* size);
  int (*commDup)(Handle communicator, Handle* copy);
  int (*commSetErrhandler)(Handle communicator, Handle handler);
  int (*errorString)(int code, char* text, int* length);
  int (*getLibraryVersion)(char* text, int* length);
  int (*iallreduce)(const void* from, void* to, int count, Handle type, Handle op, Handle communicator,
                    Handle* request);
  int (*ibcast)(void* items, int count, Handle type, int root, Handle communicator, Handle* request);
  int (*iallgather)(const void* from, int sent, Handle sentType, void* to, int received, Handle receivedType,
                    Handle communicator, Handle* request);
  int (*iallgatherv)(const void* from, int sent, Handle sentType, void* to, const int* received, const int* places,
                     Handle receivedType, Handle communicator, Handle* request);
  int (*ialltoallv)(const void* from, const int* sent, const int* sentPlaces, Handle sentType, void* to,
                    const int* received, const int* receivedPlaces, Handle receivedType, Handle communicator,
                    Handle* request);
  int (*isend)(const void* items, int count, Handle type, int to, int tag, Handle communicator, Handle* request);
  int (*irecv)(void* items, int count, Handle type, int from, int tag, Handle communicator, Handle* request);
  int (*test)(Handle* request, int* isDone, void* status);
};

/// Calls visit(function, name) for each of the functions, with its name in the library.
template <typename Handle, typename Visit>
void forEachFunction(MpiFunctions<Handle>& functions, Visit visit) {
  visit(functions.initThread, "MPI_Init_thread");
  visit(functions.finalize, "MPI_Finalize");
  visit(functions.abort, "MPI_Abort");
  visit(functions.commRank, "MPI_Comm_rank");
  visit(functions.commSize, "MPI_Comm_size");
  visit(functions.commDup, "MPI_Comm_dup");
  visit(functions.commSetErrhandler, "MPI_Comm_set_errhandler");
  visit(functions.errorString, "MPI_Error_string");
  visit(functions.getLibraryVersion, "MPI_Get_library_version");
  visit(functions.iallreduce, "MPI_Iallreduce");
  visit(functions.ibcast, "MPI_Ibcast");
  visit(functions.iallgather, "MPI_Iallgather");
  visit(functions.iallgatherv, "MPI_Iallgatherv");
  visit(functions.ialltoallv, "MPI_Ialltoallv");
  visit(functions.isend, "MPI_Isend");
  visit(functions.irecv, "MPI_Irecv");
  visit(functions.test, "MPI_Test");
}

/// The values of constants, in which libraries differ.
template <typename Handle>
struct MpiConstants {
  Handle commWorld, byte, float32, float64, sum, errorsReturn;
  void *inPlace, *statusIgnore;
  int threadSerialized;
};

/// Room for the texts of MPI_Error_string and MPI_Get_library_version, which are up to 512 and 8,192 bytes in all
/// libraries.
inline constexpr size_t kMpiText = 8192;

inline void* pointerOf(uintptr_t value) { return reinterpret_cast<void*>(value); }

/// The standard's binary interface (MPI 5.0, chapter 20): handles are pointers with constant values.
inline MpiConstants<void*> standardConstants() {
  return {pointerOf(0x101), pointerOf(0x247), pointerOf(0x210),
          pointerOf(0x214), pointerOf(0x021), pointerOf(0x142),
          pointerOf(1),     nullptr,          2048};
}

/// MPICH, and the libraries that share its binary interface (Intel MPI, MVAPICH, Cray MPICH): handles are numbers.
inline MpiConstants<int> mpichConstants() {
  return {0x44000000,   0x4c00010d, 0x4c00040a, 0x4c00080b, 0x58000003, 0x54000001, pointerOf(UINTPTR_MAX),
          pointerOf(1), 2};
}

/// Open MPI: handles are the addresses of the library's objects, which `find` gives by their names.
template <typename Find>
MpiConstants<void*> openMpiConstants(Find find) {
  return {find("ompi_mpi_comm_world"),
          find("ompi_mpi_byte"),
          find("ompi_mpi_float"),
          find("ompi_mpi_double"),
          find("ompi_mpi_op_sum"),
          find("ompi_mpi_errors_return"),
          pointerOf(1),
          nullptr,
          2};
}

}  // namespace glissade
