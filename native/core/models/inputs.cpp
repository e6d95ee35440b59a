#include "models/inputs.h"

#include <algorithm>
#include <string>

#include "error.h"

namespace glissade {
namespace {

/// The name that the user gave an input block: "words" of "inputs.words".
std::string shown(const std::string& name) { return name.starts_with("inputs.") ? name.substr(7) : name; }

}  // namespace

size_t NetworkInputs::width() const {
  size_t width = 0;
  for (const NetworkInput& input : list_) width += input.width();
  return width;
}

const InputBlock& NetworkInputs::blockFor(size_t input, const Dataset& data) const {
  if (list_.size() == 1 && data.inputs.size() == 1) return data.inputs.front();
  const auto found = std::find_if(data.inputs.begin(), data.inputs.end(),
                                  [&](const InputBlock& block) { return block.name == list_[input].name; });
  if (found == data.inputs.end())
    throw Error("ERR_SHAPE", "the data have no block \"" + shown(list_[input].name) + "\", which the network takes");
  return *found;
}

void NetworkInputs::check(const Dataset& data) const {
  const auto refuse = [](const NetworkInput& input, const std::string& has, const std::string& takes) {
    const std::string of = input.name == "inputs" ? "" : " of block \"" + shown(input.name) + "\"";
    throw Error("ERR_SHAPE", "the data" + of + " have " + has + ", but the network takes " + takes);
  };
  const auto describe = [](InputBlock::Kind kind, size_t columns) {
    const char* const names[] = {" of dense inputs", " of categories", " that are sparse"};
    return std::to_string(columns) + (columns == 1 ? " column" : " columns") + names[static_cast<int>(kind)];
  };
  if (list_.size() == 1 && data.inputs.size() > 1)
    refuse({}, std::to_string(data.inputs.size()) + " blocks of columns",
           "one, of " + describe(list_.front().kind, list_.front().width()));
  for (size_t i = 0; i < list_.size(); ++i) {
    const NetworkInput& input = list_[i];
    const InputBlock& block = blockFor(i, data);
    if (block.kind != input.kind || block.columns() != input.width())
      refuse(input, describe(block.kind, block.columns()), describe(input.kind, input.width()));
    for (size_t j = 0; j < input.cardinalities.size(); ++j)
      if (block.codes->cardinalities[j] > input.cardinalities[j])
        refuse(input, std::to_string(block.codes->cardinalities[j]) + " categories in column " + std::to_string(j),
               std::to_string(input.cardinalities[j]));
  }
  for (const InputBlock& block : data.inputs)
    if (list_.size() > 1 &&
        std::ranges::none_of(list_, [&](const NetworkInput& input) { return input.name == block.name; }))
      throw Error("ERR_SHAPE", "the data have a block \"" + shown(block.name) + "\", which the network does not take");
}

}  // namespace glissade
