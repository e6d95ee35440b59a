#include "mapped_dataset.h"

#include <optional>
#include <string>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "data/mapped_dataset.h"
#include "dataset.h"
#include "sparse.h"

namespace glissade {
namespace {

FileSection sectionOf(const Argument& given) { return {given["offset"].wholeNumber(), given["bytes"].wholeNumber()}; }

std::optional<FileSection> optionalSection(const Argument& given) {
  if (!given.isGiven()) return std::nullopt;
  return sectionOf(given);
}

MappedBlock blockOf(const Argument& given) {
  MappedBlock block{};
  block.kind = given["kind"].word(kBlockKinds);
  block.name = given["name"].text();
  block.columns = given["columns"].wholeNumber(kMostColumns);
  block.numbers = sectionOf(given["numbers"]);
  block.largest = given["largest"].number();
  if (block.columns == 0) throw Error("ERR_SHAPE", block.name + " has no columns");
  switch (block.kind) {
    case InputBlock::Kind::dense:
      block.format = given["type"].word(kFormats);
      block.scale = given["scale"].number();
      break;
    case InputBlock::Kind::categorical:
      block.cardinalities = copyOf(given["cardinalities"].array<uint32_t>(Count::exactly(block.columns)));
      break;
    case InputBlock::Kind::sparse:
      block.entries = given["entries"].size();
      block.longest = given["longest"].size();
      block.indices = sectionOf(given["indices"]);
      block.values = optionalSection(given["values"]);
      block.rests = optionalSection(given["rests"]);
      break;
  }
  return block;
}

std::optional<MappedBlock> optionalBlock(const Argument& given) {
  if (!given.isGiven()) return std::nullopt;
  MappedBlock block = blockOf(given);
  if (block.kind != InputBlock::Kind::dense) throw Error("ERR_INVALID_ARGUMENT", block.name + " is not dense");
  return block;
}

// mapDataset({ path, rows, blocks, targets?, weights? }): a Dataset, whose rows have not been checked
Napi::Value mapFile(const Napi::CallbackInfo& info) {
  const Argument options(info, 0, "options");
  std::vector<MappedBlock> blocks;
  for (const Argument& block : options["blocks"].items()) blocks.push_back(blockOf(block));
  const auto targets = optionalBlock(options["targets"]), weights = optionalBlock(options["weights"]);
  const auto file = std::make_shared<const MappedFile>(options["path"].text());
  const Napi::Object object = Addon::of(info.Env()).dataset.New({});
  DatasetBinding::from({object, "dataset"})
      .take(mapDataset(file, options["rows"].size(), blocks, targets ? &*targets : nullptr,
                       weights ? &*weights : nullptr));
  return object;
}

}  // namespace

void defineMappedDatasets(Napi::Object exports) { defineFunction<mapFile>(exports, "mapDataset"); }

}  // namespace glissade
