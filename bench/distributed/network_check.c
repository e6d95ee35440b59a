// Prints the least time of collectives, in lines of their kind, bytes, number at once, and seconds (see
// network_check.mjs).
#include <math.h>
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static const char* const kinds[] = {"sum", "broadcast", "gather", "exchange"};
enum { MOST = 1 << 18, AT_ONCE = 3 };

static void begin(int kind, char* from, char* to, const int* counts, const int* places, MPI_Request* request) {
  const int bytes = counts[0] + counts[1];
  switch (kind) {
    case 0: MPI_Iallreduce(MPI_IN_PLACE, to, bytes / 4, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, request); break;
    case 1: MPI_Ibcast(to, bytes, MPI_BYTE, 0, MPI_COMM_WORLD, request); break;
    case 2: MPI_Iallgatherv(from, counts[0], MPI_BYTE, to, counts, places, MPI_BYTE, MPI_COMM_WORLD, request); break;
    default: MPI_Ialltoallv(from, counts, places, MPI_BYTE, to, counts, places, MPI_BYTE, MPI_COMM_WORLD, request);
  }
}

int main(void) {
  int level, rank;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  char *from = calloc(AT_ONCE, MOST), *to = calloc(AT_ONCE, MOST);
  for (int kind = 0; kind < 4; ++kind)
    for (int bytes = 64; bytes <= MOST; bytes *= 1 << 6)
      for (int count = 1; count <= AT_ONCE; count += AT_ONCE - 1) {
        const int counts[] = {bytes / 2, bytes / 2}, places[] = {0, bytes / 2};
        double least = HUGE_VAL;
        for (int trial = 0; trial < 5; ++trial) {
          MPI_Request requests[AT_ONCE];
          MPI_Barrier(MPI_COMM_WORLD);
          const double start = MPI_Wtime();
          for (int i = 0; i < count; ++i) begin(kind, from + i * MOST, to + i * MOST, counts, places, &requests[i]);
          for (int i = 0, isDone = 0; i < count; i += isDone) {
            MPI_Test(&requests[i], &isDone, MPI_STATUS_IGNORE);
            sched_yield();
          }
          const double seconds = MPI_Wtime() - start;
          if (seconds < least) least = seconds;
        }
        if (rank == 0) printf("%s %d %d %.9f\n", kinds[kind], bytes, count, least);
      }
  MPI_Finalize();
}
