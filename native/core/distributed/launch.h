#pragma once

#include <cstddef>

namespace glissade {

/// The launcher of this process, according to the variables that launchers set.
struct Launch {
  const char* launcher;  // "mpirun of Open MPI", …; null: none, or an unknown one
  size_t processes;      // of the job
};
Launch launchOf();

/// Whether the launcher was Open MPI's, or one that speaks PMIx, as Open MPI does.
bool isLaunchedByPmix();

/// Checks the socket over which MPICH's processes talk to their launcher (PMI_FD; the launchers of MPICH, Intel MPI and
/// Slurm's pmi2 set it). A program between the two that closes its descriptors, such as npx, leaves a number that
/// belongs to nothing, or to a file of the process itself, into which MPICH would write.
/// @throws Error ERR_MPI_UNAVAILABLE unless it is a connected socket.
void checkSocketOfLauncher();

}  // namespace glissade
