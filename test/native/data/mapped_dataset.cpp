#include "data/mapped_dataset.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "data/readahead.h"
#include "data/sampler.h"
#include "error.h"

namespace glissade {
namespace {

/// A file that is removed at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(size_t bytes) : path_("glissade-mapped-" + std::to_string(::getpid())) {
    std::ofstream file(path_, std::ios::binary);
    std::vector<char> block(1 << 16);
    for (size_t at = 0; at < bytes; at += block.size()) {
      for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>((at >> 16) + i);
      file.write(block.data(), static_cast<std::streamsize>(std::min(block.size(), bytes - at)));
    }
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

MappedBlock bytesBlock(uint64_t offset, size_t columns, size_t rows) {
  MappedBlock block{};
  block.kind = InputBlock::Kind::dense;
  block.name = "inputs";
  block.columns = columns;
  block.format = Format::uint8;
  block.scale = 1;
  block.largest = 255;
  block.numbers = {offset, columns * rows};
  return block;
}

std::string failureOf(const auto& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  return "none";
}

/// The number of pages of a dataset's rows in this process's memory.
size_t residentPages(const void* from, size_t bytes) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool isIn = false;
  while (std::getline(maps, line)) {
    uintptr_t begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2)
      isIn = begin <= reinterpret_cast<uintptr_t>(from) && reinterpret_cast<uintptr_t>(from) + bytes <= end + 4096;
    size_t kilobytes = 0;
    if (isIn && std::sscanf(line.c_str(), "Rss: %zu kB", &kilobytes) == 1) return kilobytes / 4;
  }
  return 0;
}

TEST_SUITE_BEGIN("data");

TEST_CASE("sections must be within the file, aligned, and as long as their numbers") {
  const TemporaryFile temporary(4096);
  const auto file = std::make_shared<const MappedFile>(temporary.path());
  const auto mapping = [&](uint64_t offset, uint64_t bytes) {
    return failureOf([&] {
      MappedBlock block = bytesBlock(offset, 8, 10);
      block.numbers.bytes = bytes;
      mapDataset(file, 10, {block}, nullptr, nullptr);
    });
  };
  CHECK(mapping(64, 80) == "none");
  CHECK(mapping(4096 - 128, 80) == "none");
  CHECK(mapping(65, 80) == "ERR_CORRUPT_FILE");
  CHECK(mapping(64, 79) == "ERR_CORRUPT_FILE");
  CHECK(mapping(64, 81) == "ERR_CORRUPT_FILE");
  CHECK(mapping(4096 - 64, 80) == "ERR_CORRUPT_FILE");
  CHECK(mapping(4096, 80) == "ERR_CORRUPT_FILE");
  CHECK(mapping(~uint64_t{63}, 80) == "ERR_CORRUPT_FILE");
  CHECK(failureOf([&] { mapDataset(file, 0, {bytesBlock(64, 8, 0)}, nullptr, nullptr); }) == "ERR_CORRUPT_FILE");
  CHECK(failureOf([&] { mapDataset(file, 10, {}, nullptr, nullptr); }) == "ERR_CORRUPT_FILE");
  CHECK(failureOf([] { MappedFile("there is no such file"); }) == "ERR_FILE");
}

TEST_CASE("a wrapped number of bytes is not that of an empty section") {
  const TemporaryFile temporary(4096);
  const auto file = std::make_shared<const MappedFile>(temporary.path());
  constexpr size_t kRows = size_t{1} << 31, kColumns = size_t{1} << 30;
  MappedBlock block = bytesBlock(64, kColumns, kRows);
  block.format = Format::float64;
  block.numbers.bytes = kRows * kColumns * sizeof(double);
  CHECK(block.numbers.bytes == 0);
  CHECK(failureOf([&] { mapDataset(file, kRows, {block}, nullptr, nullptr); }) == "ERR_CORRUPT_FILE");
}

TEST_CASE("a dataset keeps its file") {
  Dataset data;
  {
    const TemporaryFile temporary(1 << 17);
    data = mapDataset(std::make_shared<const MappedFile>(temporary.path()), 1000, {bytesBlock(64, 64, 1000)}, nullptr,
                      nullptr);
  }
  CHECK(data.inputs[0].table->at(2, 3) == 64 + 2 * 64 + 3);
}

#if defined(__linux__)
TEST_CASE("epochs over a mapped file keep about three windows of it in memory at most") {
  constexpr size_t kColumns = 4096, kRows = 4096, kWindow = size_t{1} << 20;  // rows per page; 16 windows
  const TemporaryFile temporary(kColumns * (kRows + 1));
  const Dataset data = mapDataset(std::make_shared<const MappedFile>(temporary.path()), kRows,
                                  {bytesBlock(kColumns, kColumns, kRows)}, nullptr, nullptr);
  const auto* const numbers = static_cast<const uint8_t*>(data.inputs[0].table->data.get());
  const size_t pages = kColumns * kRows / 4096, pagesOfWindow = kWindow / 4096;
  for (const auto order : {Sampler::Order::blocks, Sampler::Order::sequential}) {
    Sampler sampler(data, order, 1, 1, 32, kWindow);
    sampler.startEpoch(0);
    size_t most = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < kRows; ++i) {
      sum += numbers[size_t{*sampler.from(i, 1)} * kColumns];
      if (i % 128 == 127) most = std::max(most, residentPages(numbers, kColumns * kRows));
    }
    CHECK(sum > 0);
    CHECK(most >= pagesOfWindow / 2);
    // A quarter more: the kernel maps up to 16 pages around a read one.
    CHECK(most <= 3 * pagesOfWindow + pagesOfWindow / 4);
    sampler.finish();
    CHECK(residentPages(numbers, kColumns * kRows) <= pages / 16);
  }
}
#endif

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
