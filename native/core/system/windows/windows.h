// The Windows API without its intrusive macros, and conversions of paths and errors to the forms that the core uses.
#pragma once

#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <string>
#include <system_error>

namespace glissade {

/// A path of UTF-8 as Windows takes it. Long ones get the prefix without which Windows refuses them.
std::wstring widePath(const std::string& path);

/// The code of errno for the last error of this thread, or for the given one.
std::error_code lastError(DWORD error = GetLastError());

}  // namespace glissade
