#include "system/mapped_file.h"

#include "error.h"
#include "system/windows/windows.h"

namespace glissade {

MappedFile::MappedFile(const std::string& path) {
  const HANDLE file =
      CreateFileW(widePath(path).c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                  OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  HANDLE mapping = nullptr;
  void* memory = nullptr;
  LARGE_INTEGER size{};
  if (file != INVALID_HANDLE_VALUE && GetFileSizeEx(file, &size)) {
    mapping = CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);  // fails for an empty file
    if (mapping) memory = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  }
  const std::error_code reason = lastError();
  if (mapping) CloseHandle(mapping);
  if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
  if (!memory) throw Error("ERR_FILE", "can't map " + path + ": " + reason.message());
  bytes_ = {static_cast<const std::byte*>(memory), static_cast<size_t>(size.QuadPart)};
}

MappedFile::~MappedFile() { UnmapViewOfFile(bytes_.data()); }

void advise(std::span<const std::byte> mapped, Advice advice) noexcept {
  if (mapped.empty()) return;
  void* const begin = const_cast<std::byte*>(mapped.data());
  if (advice == Advice::willNeed) {
    WIN32_MEMORY_RANGE_ENTRY range{begin, mapped.size()};
    PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0);
  } else {
    VirtualUnlock(begin, mapped.size());  // takes pages that are not locked out of the process's memory
  }
}

}  // namespace glissade
