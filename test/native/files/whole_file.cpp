// Files that are written completely or not at all.
#include "files/whole_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "error.h"
#include "files/folder.h"
#include "system/files.h"

namespace glissade {
namespace {

TEST_SUITE_BEGIN("files");

std::span<const std::byte> bytesOf(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST_CASE("a header is followed by pieces, and gets their checksum") {
  const Folder folder;
  const std::string path = folder.path("file");
  writeWhole(path, {bytesOf("crc 00000000\n"), 4, {bytesOf("1234"), bytesOf(""), bytesOf("56789")}});
  CHECK(folder.contents("file") == "crc cbf43926\n123456789");
  CHECK(folder.names() == std::vector<std::string>{"file"});
}

TEST_CASE("a long piece is written in chunks") {
  const Folder folder;
  const std::string piece(3'000'001, 'x');
  writeWhole(folder.path("file"), {bytesOf("00000000"), 0, {bytesOf(piece), bytesOf("end")}});
  const std::string contents = folder.contents("file");
  CHECK(contents.substr(8) == piece + "end");
}

TEST_CASE("an existing file is replaced, and the leftover of a killed process is overwritten") {
  const Folder folder;
  folder.write("file", "old");
  folder.write(".file.tmp", "half of a file that is longer than the new one, by far");
  writeWhole(folder.path("file"), {bytesOf("00000000"), 0, {bytesOf("new")}});
  CHECK(folder.contents("file").substr(8) == "new");
  CHECK(folder.names() == std::vector<std::string>{"file"});
}

TEST_CASE("a file that another process is writing is left alone") {
  const Folder folder;
  folder.write("file", "old");
  folder.write(".file.tmp", "half");
  const std::string temporary = folder.path(".file.tmp");
  const int other = ::open(temporary.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(lockFile(other) == FileLock::locked);
  const FileContents contents{bytesOf("00000000"), 0, {bytesOf("new")}};
  CHECK_THROWS_WITH(
      writeWhole(folder.path("file"), contents),
      ("can't write " + folder.path("file") + ": another process is writing it; give each a file of its own").c_str());
  CHECK(!removeAbandoned(temporary));
  CHECK(folder.contents(".file.tmp") == "half");
  ::close(other);
  writeWhole(folder.path("file"), contents);
  CHECK(folder.names() == std::vector<std::string>{"file"});
}

TEST_CASE("a file is abandoned after the end of its writer") {
  const Folder folder;
  folder.write("file", "half");
  const std::string path = folder.path("file");
  CHECK(!removeAbandoned(folder.path("none")));
  const int writer = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(lockFile(writer) == FileLock::locked);
  CHECK(!removeAbandoned(path));
  ::close(writer);
  CHECK(removeAbandoned(path));
  CHECK(folder.names().empty());
}

TEST_CASE("a failed write changes nothing") {
  const Folder folder;
  folder.write("file", "old");
  const auto refusal = [&](const std::string& name) -> std::string {
    try {
      writeWhole(folder.path(name), {bytesOf("00000000"), 0, {}});
    } catch (const Error& error) {
      CHECK(std::string(error.code()) == "ERR_FILE");
      return error.what();
    }
    return "";
  };
  CHECK(refusal("none/file") == "can't write " + folder.path("none/file") + ": no such file or directory");
  CHECK(refusal("file/file") == "can't write " + folder.path("file/file") + ": not a directory");
  std::filesystem::create_directory(folder.path("taken"));
  folder.write("taken/file", "");
  std::filesystem::create_symlink("file", folder.path(".linked.tmp"));
  CHECK(refusal("linked") == "can't write " + folder.path("linked") + ": too many levels of symbolic links");
  std::filesystem::remove(folder.path(".linked.tmp"));
  CHECK(refusal("taken") == "can't write " + folder.path("taken") + ": is a directory");
  CHECK(folder.names() == std::vector<std::string>{"file", "taken"});
  CHECK(folder.contents("file") == "old");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
