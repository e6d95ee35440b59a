// Simulates a slow network between ranks of one machine, because its kernel may lack netem: a library over the MPI that
// it is compiled with, named by GLISSADE_MPI. A collective ends once the real one has ended and the simulated time
// since its start on the last rank has passed. Environment:
//
//   NETWORK_LATENCY    seconds per message (default 0)
//   NETWORK_BANDWIDTH  bits per second of a rank's link, in each direction (default unlimited)
//   NETWORK_RANKS      number of ranks to simulate (default the real number): two can represent more
//   NETWORK_TOTALS     a file to which rank 0 writes what it has exchanged, as a line of JSON
//
// A link sends messages in order of their start; latencies overlap. Not simulated: MPI over TCP advances only when it
// is called, and takes processor time per byte; other traffic, lost packets, switches that cannot serve all
// links at once; messages from one rank to another.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum Kind { SUM, BROADCAST, GATHER, EXCHANGE, KINDS };
static const char* const names[KINDS] = {"sum", "broadcast", "gather", "exchange"};

// The cost of a collective: consecutive latencies, and bytes through a rank's link.
typedef struct {
  double latencies, bytes;
} Cost;

typedef struct Collective {
  MPI_Request request, clock;  // the real collective; the latest start on all ranks
  double begin, due;           // due is 0 until the clock is known
  Cost cost;
  struct Collective* next;
} Collective;

static Collective* first;  // in the order in which this rank has started them
static double latency, secondsPerByte, linkFree;
static int simulatedRanks;  // 0: the real number
static struct {
  long calls;
  double bytes, seconds;
} totals[KINDS];

static double number(const char* variable) {
  const char* text = getenv(variable);
  return text ? atof(text) : 0;
}

__attribute__((constructor)) static void configure(void) {
  const double bandwidth = number("NETWORK_BANDWIDTH");
  latency = number("NETWORK_LATENCY");
  secondsPerByte = bandwidth > 0 ? 8 / bandwidth : 0;
  simulatedRanks = (int)number("NETWORK_RANKS");
}

// Shared by all processes of a machine.
static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double secondsOf(Cost cost) { return cost.latencies * latency + cost.bytes * secondsPerByte; }

// Costs of good algorithms (Thakur, Rabenseifner & Gropp 2005, doi:10.1177/1094342005051521). `bytes` are those of all
// ranks together if each gives a part. Exchanges go to as many partners at a time as in MPICH.
// bench/distributed/network.mjs has the same formulas.
static Cost costOf(enum Kind kind, double bytes, int ranks) {
  const int partners = 32;
  int rounds = 0;
  while (1 << rounds < ranks) ++rounds;
  const double others = (double)(ranks - 1) / ranks;
  if (kind == GATHER) return (Cost){rounds, others * bytes};
  if (kind == EXCHANGE) return (Cost){(ranks - 1 + partners - 1) / partners, others * bytes};
  const Cost doubling = {rounds, rounds * bytes}, halving = {2 * rounds, 2 * others * bytes};
  return secondsOf(doubling) < secondsOf(halving) ? doubling : halving;
}

static int ranksOf(MPI_Comm communicator) {
  int size;
  PMPI_Comm_size(communicator, &size);
  return simulatedRanks > 0 ? simulatedRanks : size;
}

static double bytesOf(double count, MPI_Datatype type) {
  int size;
  PMPI_Type_size(type, &size);
  return count * size;
}

static double sum(const int* counts, MPI_Comm communicator) {
  int size;
  double all = 0;
  PMPI_Comm_size(communicator, &size);
  for (int i = 0; i < size; ++i) all += counts[i];
  return all;
}

// After the start of the real collective.
static int begun(int code, enum Kind kind, double bytes, MPI_Comm communicator, const MPI_Request* request) {
  if (code != MPI_SUCCESS) return code;
  Collective* of = malloc(sizeof *of);
  *of = (Collective){.request = *request, .begin = now(), .cost = costOf(kind, bytes, ranksOf(communicator))};
  Collective** last = &first;
  while (*last) last = &(*last)->next;
  *last = of;
  ++totals[kind].calls;
  totals[kind].bytes += of->cost.bytes;
  totals[kind].seconds += secondsOf(of->cost);
  return PMPI_Iallreduce(MPI_IN_PLACE, &of->begin, 1, MPI_DOUBLE, MPI_MAX, communicator, &of->clock);
}

// Gives the link to collectives that all ranks have started.
static int schedule(void) {
  for (Collective* of = first; of; of = of->next) {
    if (of->due > 0) continue;
    int isKnown;
    const int code = PMPI_Test(&of->clock, &isKnown, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) return code;
    if (!isKnown) continue;
    linkFree = (of->begin > linkFree ? of->begin : linkFree) + of->cost.bytes * secondsPerByte;
    of->due = linkFree + of->cost.latencies * latency;
  }
  return MPI_SUCCESS;
}

int MPI_Test(MPI_Request* request, int* isDone, MPI_Status* status) {
  int code = schedule();
  if (code != MPI_SUCCESS) return code;
  Collective** at = &first;
  while (*at && (*at)->request != *request) at = &(*at)->next;
  Collective* const of = *at;
  if (!of) return PMPI_Test(request, isDone, status);
  code = PMPI_Request_get_status(*request, isDone, MPI_STATUS_IGNORE);  // which also lets MPI make progress
  *isDone = *isDone && of->due > 0 && now() >= of->due;
  if (code != MPI_SUCCESS || !*isDone) return code;
  *at = of->next;
  free(of);
  return PMPI_Test(request, isDone, status);
}

int MPI_Iallreduce(const void* from, void* to, int count, MPI_Datatype type, MPI_Op op, MPI_Comm communicator,
                   MPI_Request* request) {
  const int code = PMPI_Iallreduce(from, to, count, type, op, communicator, request);
  return begun(code, SUM, bytesOf(count, type), communicator, request);
}

int MPI_Ibcast(void* items, int count, MPI_Datatype type, int root, MPI_Comm communicator, MPI_Request* request) {
  const int code = PMPI_Ibcast(items, count, type, root, communicator, request);
  return begun(code, BROADCAST, bytesOf(count, type), communicator, request);
}

int MPI_Iallgather(const void* from, int sent, MPI_Datatype sentType, void* to, int received, MPI_Datatype receivedType,
                   MPI_Comm communicator, MPI_Request* request) {
  const int code = PMPI_Iallgather(from, sent, sentType, to, received, receivedType, communicator, request);
  return begun(code, GATHER, bytesOf(sent, sentType) * ranksOf(communicator), communicator, request);
}

int MPI_Iallgatherv(const void* from, int sent, MPI_Datatype sentType, void* to, const int* received, const int* places,
                    MPI_Datatype receivedType, MPI_Comm communicator, MPI_Request* request) {
  const int code = PMPI_Iallgatherv(from, sent, sentType, to, received, places, receivedType, communicator, request);
  return begun(code, GATHER, bytesOf(sum(received, communicator), receivedType), communicator, request);
}

int MPI_Ialltoallv(const void* from, const int* sent, const int* sentPlaces, MPI_Datatype sentType, void* to,
                   const int* received, const int* receivedPlaces, MPI_Datatype receivedType, MPI_Comm communicator,
                   MPI_Request* request) {
  const int code = PMPI_Ialltoallv(from, sent, sentPlaces, sentType, to, received, receivedPlaces, receivedType,
                                   communicator, request);
  return begun(code, EXCHANGE, bytesOf(sum(sent, communicator), sentType), communicator, request);
}

int MPI_Finalize(void) {
  int rank;
  PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const char* const name = getenv("NETWORK_TOTALS");
  FILE* const file = name && rank == 0 ? fopen(name, "w") : NULL;
  for (int i = 0; file && i < KINDS; ++i)
    fprintf(file, "%s\"%s\": {\"calls\": %ld, \"bytes\": %.0f, \"seconds\": %.9f}%s", i == 0 ? "{" : "", names[i],
            totals[i].calls, totals[i].bytes, totals[i].seconds, i < KINDS - 1 ? ", " : "}\n");
  if (file) fclose(file);
  return PMPI_Finalize();
}
