// A library with the standard's binary interface (MPI 5.0, chapter 20), over the MPI that it is compiled with: the
// functions that glissade uses, with the standard's numbers for handles.
#include <mpi.h>
#include <stdint.h>
#include <stdlib.h>

typedef void* Handle;

// A function of the library: mpi.h has declared its name with other types.
#define FUNCTION(name, ...)                               \
  int standard_##name(__VA_ARGS__) __asm__("MPI_" #name); \
  int standard_##name(__VA_ARGS__)

enum {
  COMM_WORLD = 0x101,
  ERRORS_RETURN = 0x142,
  REQUEST_NULL = 0x180,
  FLOAT = 0x210,
  DOUBLE = 0x214,
  BYTE = 0x247,
  SUM = 0x21,
  THREAD_SINGLE = 0,
  THREAD_FUNNELED = 1024,
  THREAD_SERIALIZED = 2048,
  THREAD_MULTIPLE = 4096
};
#define IN_PLACE ((void*)1)

static MPI_Comm comm(Handle handle) { return (uintptr_t)handle == COMM_WORLD ? MPI_COMM_WORLD : *(MPI_Comm*)handle; }
static MPI_Datatype type(Handle handle) {
  switch ((uintptr_t)handle) {
    case FLOAT: return MPI_FLOAT;
    case DOUBLE: return MPI_DOUBLE;
    case BYTE: return MPI_BYTE;
    default: abort();
  }
}
static MPI_Op op(Handle handle) {
  if ((uintptr_t)handle != SUM) abort();
  return MPI_SUM;
}
static const void* from(const void* memory) { return memory == IN_PLACE ? MPI_IN_PLACE : memory; }
static Handle boxed(MPI_Request request) {
  if (request == MPI_REQUEST_NULL) return (Handle)(uintptr_t)REQUEST_NULL;
  MPI_Request* box = malloc(sizeof request);
  *box = request;
  return box;
}

FUNCTION(Abi_get_version, int* major, int* minor) {
  *major = 1;
  *minor = 0;
  return MPI_SUCCESS;
}
FUNCTION(Init_thread, int* argc, char*** argv, int required, int* provided) {
  if (required != THREAD_SERIALIZED) abort();
  int level;
  int code = PMPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, &level);
  *provided = level == MPI_THREAD_MULTIPLE     ? THREAD_MULTIPLE
              : level == MPI_THREAD_SERIALIZED ? THREAD_SERIALIZED
              : level == MPI_THREAD_FUNNELED   ? THREAD_FUNNELED
                                               : THREAD_SINGLE;
  return code;
}
FUNCTION(Finalize, void) { return PMPI_Finalize(); }
FUNCTION(Abort, Handle communicator, int code) { return PMPI_Abort(comm(communicator), code); }
FUNCTION(Comm_rank, Handle communicator, int* rank) { return PMPI_Comm_rank(comm(communicator), rank); }
FUNCTION(Comm_size, Handle communicator, int* size) { return PMPI_Comm_size(comm(communicator), size); }
FUNCTION(Comm_dup, Handle communicator, Handle* copy) {
  MPI_Comm* box = malloc(sizeof(MPI_Comm));
  *copy = box;
  return PMPI_Comm_dup(comm(communicator), box);
}
FUNCTION(Comm_set_errhandler, Handle communicator, Handle handler) {
  if ((uintptr_t)handler != ERRORS_RETURN) abort();
  return PMPI_Comm_set_errhandler(comm(communicator), MPI_ERRORS_RETURN);
}
FUNCTION(Error_string, int code, char* text, int* length) { return PMPI_Error_string(code, text, length); }
FUNCTION(Get_library_version, char* text, int* length) { return PMPI_Get_library_version(text, length); }
FUNCTION(Iallreduce, const void* sent, void* to, int count, Handle t, Handle o, Handle communicator, Handle* request) {
  MPI_Request real;
  int code = PMPI_Iallreduce(from(sent), to, count, type(t), op(o), comm(communicator), &real);
  *request = boxed(real);
  return code;
}
FUNCTION(Ibcast, void* items, int count, Handle t, int root, Handle communicator, Handle* request) {
  MPI_Request real;
  int code = PMPI_Ibcast(items, count, type(t), root, comm(communicator), &real);
  *request = boxed(real);
  return code;
}
FUNCTION(Iallgather, const void* sent, int count, Handle t, void* to, int received, Handle r, Handle communicator,
         Handle* request) {
  MPI_Request real;
  int code = PMPI_Iallgather(from(sent), count, type(t), to, received, type(r), comm(communicator), &real);
  *request = boxed(real);
  return code;
}
FUNCTION(Iallgatherv, const void* sent, int count, Handle t, void* to, const int* received, const int* places, Handle r,
         Handle communicator, Handle* request) {
  MPI_Request real;
  int code = PMPI_Iallgatherv(from(sent), count, type(t), to, received, places, type(r), comm(communicator), &real);
  *request = boxed(real);
  return code;
}
FUNCTION(Ialltoallv, const void* sent, const int* counts, const int* places, Handle t, void* to, const int* received,
         const int* receivedPlaces, Handle r, Handle communicator, Handle* request) {
  MPI_Request real;
  int code = PMPI_Ialltoallv(from(sent), counts, places, type(t), to, received, receivedPlaces, type(r),
                             comm(communicator), &real);
  *request = boxed(real);
  return code;
}
FUNCTION(Isend, const void* items, int count, Handle t, int to, int tag, Handle communicator, Handle* request) {
  MPI_Request real;
  int code = PMPI_Isend(items, count, type(t), to, tag, comm(communicator), &real);
  *request = boxed(real);
  return code;
}
FUNCTION(Irecv, void* items, int count, Handle t, int source, int tag, Handle communicator, Handle* request) {
  MPI_Request real;
  int code = PMPI_Irecv(items, count, type(t), source, tag, comm(communicator), &real);
  *request = boxed(real);
  return code;
}
FUNCTION(Test, Handle* request, int* done, void* status) {
  if (status) abort();  // MPI_STATUS_IGNORE of the standard is null
  if ((uintptr_t)*request == REQUEST_NULL) {
    *done = 1;
    return MPI_SUCCESS;
  }
  MPI_Request* box = *request;
  int code = PMPI_Test(box, done, MPI_STATUS_IGNORE);
  if (*done) {
    free(box);
    *request = (Handle)(uintptr_t)REQUEST_NULL;
  }
  return code;
}
