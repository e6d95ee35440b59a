#include "runtime.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "data/sampler.h"
#include "data/table.h"
#include "matrix/buffer.h"
#include "optimizers/options.h"
#include "optimizers/rule.h"
#include "optimizers/state_layout.h"
#include "parallel/engine.h"
#include "record.h"
#include "trainer.h"
#include "training/runs/trainer_image.h"

namespace glissade {
namespace {

constexpr uint64_t kMostThreads = 1024;  // also in lib/runtime.ts

// information(): { instructionSet, instructionSets, threads, processors, processorQuota?, priority }
Napi::Value information(const Napi::CallbackInfo& info) {
  Engine& engine = Engine::instance();
  const auto name = [](InstructionSet set) { return nameOf(set); };
  return objectOf(info.Env(), "instructionSet", name(kernels().instructionSet), "instructionSets",
                  listOf(info.Env(), supportedInstructionSets(), name), "threads", engine.threads(), "processors",
                  engine.processors().usable, "processorQuota", engine.processors().quota, "priority",
                  wordFor(kPriorities, engine.priority()));
}

// configure({ threads?, priority?, instructionSet? })
void configure(const Napi::CallbackInfo& info) {
  const Argument options(info, 0, "options");
  const Argument threads = options["threads"], priority = options["priority"], set = options["instructionSet"];
  std::optional<size_t> count;
  std::optional<Priority> level;
  std::optional<std::string> name;
  if (threads.isGiven()) count = threads.wholeNumber(kMostThreads);
  if (count == 0u) throw Error("ERR_OUT_OF_RANGE", "options.threads is 0");
  if (priority.isGiven()) level = priority.word(kPriorities);
  if (set.isGiven()) name = set.text();
  Engine::instance().configure(count, level);  // first, because it may refuse
  if (name) useInstructionSet(*name);
}

// rules(): { [name of a rule]: NativeRule }, see lib/addon/optimizer.ts
Napi::Value rules(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const KernelsOf<float>& table = kernels().float32;
  auto result = Napi::Object::New(env);
  for (const Rule<float>& rule : std::span(table.rules, static_cast<size_t>(table.ruleCount))) {
    const std::span states(rule.states, static_cast<size_t>(rule.stateCount));
    const bool hasMoments = std::ranges::any_of(states, [](const auto& each) { return each.moment != Moment::none; });
    std::vector<std::string> hyperparameters;
    forEachName(rule.hyperparameters, [&](size_t, std::string_view name) { hyperparameters.emplace_back(name); });
    result.Set(rule.name, objectOf(env, "hyperparameters", listOf(env, hyperparameters), "states",
                                   listOf(env, states, [](const auto& state) { return state.name; }), "hasMoments",
                                   hasMoments, "takesSparse", rule.idle != nullptr, "hasGradientPoint",
                                   rule.gradientPoint != nullptr, "hasEvaluationPoint", rule.evaluationPoint != nullptr,
                                   "takesMatrices", rule.replacement != Replacement::none));
  }
  return result;
}

// nonFiniteSentence(name, count, value, row, column): the message about values that are not finite.
std::string nonFiniteSentenceOf(const Napi::CallbackInfo& info) {
  const NonFinite found{Argument(info, 1, "count").size(), Argument(info, 3, "row").size(),
                        Argument(info, 4, "column").size(), 0};
  return nonFiniteSentence(Argument(info, 0, "name").text(), found, Argument(info, 2, "value").text());
}

// permutation(length, seed): a Uint32Array
Napi::Value permutation(const Napi::CallbackInfo& info) {
  const uint64_t seed = Argument(info, 1, "seed").wholeNumber();
  std::vector<uint32_t> order(Argument(info, 0, "length").wholeNumber(UINT32_MAX));
  permute(order, Random(seed, Draw::split, 0));
  return newArrayOf<Napi::Uint32Array>(info.Env(), order);
}

// alignment(array): how many bytes its first element lies beyond a multiple of 64
size_t alignment(const Napi::CallbackInfo& info) {
  return reinterpret_cast<uintptr_t>(borrow(info.Env(), info[0], "array").data) % 64;
}

// release(array): detaches the buffer of an array, which frees its memory
void release(const Napi::CallbackInfo& info) {
  if (napi_detach_arraybuffer(info.Env(), borrow(info.Env(), info[0], "array").buffer) != napi_ok)
    throw Error("ERR_INVALID_ARGUMENT", "the buffer of array can't be detached");
}

}  // namespace

void defineRuntime(Napi::Object exports) {
  defineFunction<information>(exports, "information");
  defineFunction<configure>(exports, "configure");
  defineFunction<rules>(exports, "rules");
  defineFunction<permutation>(exports, "permutation");
  defineFunction<nonFiniteSentenceOf>(exports, "nonFiniteSentence");
  defineFunction<alignment>(exports, "alignment");
  defineFunction<release>(exports, "release");
  setProperties(exports, "readBeyond", kReadBeyond, "records",
                objectOf(exports.Env(), "stepSettings", StepSettings::kNames, "counters", Counters::kNames,
                         "stepResults", StepResults::kNames, "runPosition", RunPosition::kNames));
}

}  // namespace glissade
