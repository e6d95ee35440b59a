#include "distributed/launch.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "error.h"
#include "system/process.h"

namespace glissade {
namespace {

const char* const kOpenMpiVariable = "OMPI_COMM_WORLD_SIZE";

size_t numberIn(const char* variable) {
  const char* const text = std::getenv(variable);
  return text ? std::strtoul(text, nullptr, 10) : 0;
}

}  // namespace

Launch launchOf() {
  // PMI_SIZE is set by mpirun of MPICH and of Intel MPI, the third by srun for the step that it has launched.
  for (const auto& [variable, launcher] :
       {std::pair{kOpenMpiVariable, "mpirun of Open MPI"}, std::pair{"PMI_SIZE", "mpirun of MPICH"},
        std::pair{"SLURM_STEP_NUM_TASKS", "srun of Slurm"}})
    if (const size_t processes = numberIn(variable); processes > 0) return {launcher, processes};
  return {nullptr, 1};
}

bool isLaunchedByPmix() {
  // Under srun with PMIx, which MPICH in general lacks, the number of processes is Slurm's.
  return numberIn(kOpenMpiVariable) > 0 || std::getenv("PMIX_NAMESPACE");
}

void checkSocketOfLauncher() {
  const char* const text = std::getenv("PMI_FD");
  if (!text || isConnectedSocket(std::atoi(text))) return;
  const Launch launch = launchOf();
  throw Error("ERR_MPI_UNAVAILABLE",
              std::string(launch.launcher ? launch.launcher : "the launcher") +
                  " has given this process a socket to talk to it (PMI_FD=" + text +
                  ") that is not open here: a program in between, such as npx, has closed it. Let the launcher start "
                  "Node directly: mpirun -n 2 node program.js, or mpirun -n 2 node_modules/.bin/glissade train …");
}

}  // namespace glissade
