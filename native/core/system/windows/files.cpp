#include "system/files.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "system/windows/windows.h"

namespace glissade {
namespace {

[[noreturn]] void fail() { throw std::system_error(lastError()); }

HANDLE handleOf(intptr_t handle) { return reinterpret_cast<HANDLE>(handle); }

std::wstring wide(const std::string& text) {
  const int length = MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), nullptr, 0);
  std::wstring result(static_cast<size_t>(length), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), result.data(), length);
  return result;
}

/// Renames an open file. With the semantics of POSIX the file that has the name may be open elsewhere, if it is shared
/// for deletion. File systems other than NTFS, and Windows before version 1607, refuse them.
bool rename(HANDLE file, const std::wstring& path, bool likePosix) {
  constexpr DWORD kReplaceIfExists = 1, kPosixSemantics = 2;
  constexpr auto kRenameInfoEx = static_cast<FILE_INFO_BY_HANDLE_CLASS>(22);
  std::vector<std::byte> bytes(sizeof(FILE_RENAME_INFO) + path.size() * sizeof(wchar_t));
  auto& information = *reinterpret_cast<FILE_RENAME_INFO*>(bytes.data());
  if (likePosix) {
    const DWORD flags = kReplaceIfExists | kPosixSemantics;
    std::copy_n(reinterpret_cast<const std::byte*>(&flags), sizeof flags, bytes.data());
  } else {
    information.ReplaceIfExists = TRUE;
  }
  information.FileNameLength = static_cast<DWORD>(path.size() * sizeof(wchar_t));
  std::copy(path.begin(), path.end(), information.FileName);
  return SetFileInformationByHandle(file, likePosix ? kRenameInfoEx : FileRenameInfo, bytes.data(),
                                    static_cast<DWORD>(bytes.size()));
}

}  // namespace

std::wstring widePath(const std::string& path) {
  constexpr size_t kLongest = 240;  // a folder's path and a name of 8.3 characters must fit into MAX_PATH
  const std::wstring given = wide(path);
  std::wstring whole(given.size() + MAX_PATH, L'\0');
  DWORD length = GetFullPathNameW(given.c_str(), static_cast<DWORD>(whole.size()), whole.data(), nullptr);
  if (length > whole.size()) {
    whole.resize(length);
    length = GetFullPathNameW(given.c_str(), length, whole.data(), nullptr);
  }
  whole.resize(length);
  if (length < kLongest || whole.starts_with(L"\\\\?\\") || whole.starts_with(L"\\\\.\\")) return given;
  return whole.starts_with(L"\\\\") ? L"\\\\?\\UNC\\" + whole.substr(2) : L"\\\\?\\" + whole;
}

std::error_code lastError(DWORD error) {
  const std::errc code = [&] {
    switch (error) {
      case ERROR_FILE_NOT_FOUND:
      case ERROR_PATH_NOT_FOUND:
      case ERROR_BAD_NETPATH:
      case ERROR_BAD_NET_NAME:
      case ERROR_INVALID_DRIVE:
      case ERROR_INVALID_NAME: return std::errc::no_such_file_or_directory;
      case ERROR_DIRECTORY: return std::errc::not_a_directory;
      case ERROR_ACCESS_DENIED:
      case ERROR_USER_MAPPED_FILE: return std::errc::permission_denied;
      case ERROR_WRITE_PROTECT: return std::errc::read_only_file_system;
      case ERROR_SHARING_VIOLATION:
      case ERROR_LOCK_VIOLATION:
      case ERROR_BUSY: return std::errc::device_or_resource_busy;
      case ERROR_DISK_FULL:
      case ERROR_HANDLE_DISK_FULL: return std::errc::no_space_on_device;
      case ERROR_FILENAME_EXCED_RANGE: return std::errc::filename_too_long;
      case ERROR_TOO_MANY_OPEN_FILES: return std::errc::too_many_files_open;
      case ERROR_NOT_ENOUGH_MEMORY:
      case ERROR_OUTOFMEMORY:
      case ERROR_COMMITMENT_LIMIT: return std::errc::not_enough_memory;
      case ERROR_FILE_INVALID: return std::errc::invalid_argument;  // of a mapping: the file is empty
      default: return std::errc::io_error;
    }
  }();
  return std::make_error_code(code);
}

const char* const kSeparators = "/\\";

std::optional<TemporaryFile> TemporaryFile::open(const std::string& path) {
  std::string copy = path;  // before the file is open: without memory for it, the handle would be lost
  const HANDLE file = CreateFileW(widePath(path).c_str(), GENERIC_WRITE | DELETE, 0, nullptr, CREATE_ALWAYS,
                                  FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file != INVALID_HANDLE_VALUE) return TemporaryFile(reinterpret_cast<intptr_t>(file), std::move(copy));
  if (GetLastError() != ERROR_SHARING_VIOLATION) fail();
  return {};
}

TemporaryFile::~TemporaryFile() {
  if (handle_ == kNone) return;
  FILE_DISPOSITION_INFO remove{TRUE};
  if (!path_.empty()) SetFileInformationByHandle(handleOf(handle_), FileDispositionInfo, &remove, sizeof remove);
  CloseHandle(handleOf(handle_));
}

void TemporaryFile::write(std::span<const std::byte> bytes, size_t offset) const {
  while (!bytes.empty()) {
    OVERLAPPED place{};
    place.Offset = static_cast<DWORD>(offset);
    place.OffsetHigh = static_cast<DWORD>(uint64_t{offset} >> 32);
    DWORD count = 0;
    const auto length = static_cast<DWORD>(std::min(bytes.size(), size_t{1} << 30));
    if (!WriteFile(handleOf(handle_), bytes.data(), length, &count, &place)) fail();
    bytes = bytes.subspan(count);
    offset += count;
  }
}

void TemporaryFile::sync() const {
  if (!FlushFileBuffers(handleOf(handle_))) fail();
}

void TemporaryFile::renameTo(const std::string& path) {
  std::wstring name = widePath(path);
  if (!name.starts_with(L"\\\\?\\")) {  // the rename of a handle takes whole paths alone
    std::wstring whole(MAX_PATH, L'\0');
    whole.resize(GetFullPathNameW(name.c_str(), MAX_PATH, whole.data(), nullptr));
    name = std::move(whole);
  }
  // A scanner, a backup or an editor may have the file of that name open for a moment.
  constexpr int kAttempts = 50;
  constexpr DWORD kBetween = 20;  // milliseconds
  for (int attempt = 1; !rename(handleOf(handle_), name, true) && !rename(handleOf(handle_), name, false); ++attempt) {
    const DWORD error = GetLastError();
    const bool isHeld = error == ERROR_ACCESS_DENIED || error == ERROR_SHARING_VIOLATION;
    if (!isHeld || attempt == kAttempts) throw std::system_error(lastError(error));
    Sleep(kBetween);
  }
  path_.clear();
}

// Windows can't sync folders: NTFS writes their changes to its log.
void syncFolder(const std::string&) {}

void removeIfThere(const std::string& path) noexcept { DeleteFileW(widePath(path).c_str()); }

FileLock lockFile(int) noexcept { return FileLock::locked; }

bool removeAbandoned(const std::string& path) noexcept {
  // Shared with nobody: that fails while anyone has the file open.
  const HANDLE file =
      CreateFileW(widePath(path).c_str(), DELETE, 0, nullptr, OPEN_EXISTING,
                  FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_DELETE_ON_CLOSE | FILE_ATTRIBUTE_NORMAL, nullptr);
  return file != INVALID_HANDLE_VALUE && CloseHandle(file);
}

}  // namespace glissade
