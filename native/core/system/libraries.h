#pragma once

#include <string>

namespace glissade {

/// The file name of a version of a shared library: libmpi.so.12 of mpi and 12, on Linux.
std::string libraryFile(const char* name, int version);

/// Whether the addon can open shared libraries on this system. If not, faultOfOpening() says why.
bool mayOpenLibraries() noexcept;

/// Opens a shared library for good; null if it can't be opened. Its symbols become global: components of Open MPI are
/// libraries that look for them.
void* openLibrary(const char* file) noexcept;

/// A symbol's address; null if the library has none of this name.
void* symbolOf(void* library, const char* name) noexcept;

/// Why the last library could not be opened.
std::string faultOfOpening();

}  // namespace glissade
