#include "communicator.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include "addon.h"
#include "arguments.h"
#include "distributed/launch.h"
#include "parallel/engine.h"

namespace glissade {
namespace {

constexpr Words<Summation, 3> kSummations = {
    {"library", Summation::library}, {"ordered", Summation::ordered}, {"bfloat16", Summation::bfloat16}};

/// The exception that some work throws, or null.
std::exception_ptr thrownBy(const std::function<void()>& work) noexcept {
  try {
    work();
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

/// Does some work as a job while the caller waits, and rethrows its exception.
void doOnEngine(const std::function<void()>& work) {
  std::exception_ptr thrown;
  const auto job = std::make_shared<SliceJob>([&](Team&) { thrown = thrownBy(work); });
  Engine::instance().submit(job);
  Engine::instance().wait(*job);
  if (thrown) std::rethrow_exception(thrown);
}

/// The number of threads of this rank, if ranks share processors and the user has not set it: its part of them.
std::optional<size_t> threadsOfRank(Communicator& communicator) {
  size_t sharing = 0;
  const std::string mine = processorsInWords();
  for (const std::string& words : communicator.gather(mine)) sharing += words == mine ? 1 : 0;
  Engine& engine = Engine::instance();
  if (engine.areThreadsChosen() || sharing < 2) return {};
  return std::max<size_t>(1, engine.processors().threads() / sharing);
}

}  // namespace

Napi::Function CommunicatorBinding::define(Napi::Env env) {
  return defineClass(
      env, {method<&CommunicatorBinding::Connect>("connect"), method<&CommunicatorBinding::Describe>("describe"),
            method<&CommunicatorBinding::Gather>("gather"), method<&CommunicatorBinding::Broadcast>("broadcast"),
            method<&CommunicatorBinding::Collect>("collect"), method<&CommunicatorBinding::Finish>("finish"),
            method<&CommunicatorBinding::Abort>("abort")});
}

// launchedProcesses(): how many processes the launcher has started, this one included; 1 without a launcher
void CommunicatorBinding::defineLaunch(Napi::Object exports) {
  defineFunction<[](const Napi::CallbackInfo&) { return launchOf().processes; }>(exports, "launchedProcesses");
}

CommunicatorBinding::CommunicatorBinding(const Napi::CallbackInfo& info) : Handle(info) {}

const std::shared_ptr<Communicator>& CommunicatorBinding::communicator() const {
  if (!communicator_) throw Error("ERR_INVALID_ARGUMENT", "the communicator has not been connected");
  return communicator_;
}

/// A promise of `result`, after `work` on the engine's thread.
Napi::Value CommunicatorBinding::begin(Napi::Env env, std::function<void()> work,
                                       std::function<Napi::Value(Napi::Env)> result) {
  auto promise = std::make_shared<Napi::Promise::Deferred>(env);
  Addon& addon = Addon::of(env);
  const auto ticket = std::make_shared<Addon::Ticket>();
  const auto thrown = std::make_shared<std::exception_ptr>();
  const auto letter = std::make_shared<Addon::Letter>(
      Addon::letter([this, &addon, ticket, promise, thrown, result = std::move(result)](Napi::Env env) {
        addon.release(*ticket);
        Unref();
        try {
          guarded(env, [&] {
            if (*thrown) std::rethrow_exception(*thrown);
            promise->Resolve(result(env));
          });
        } catch (const Napi::Error& error) {
          promise->Reject(error.Value());
        }
      }));
  const auto job = std::make_shared<SliceJob>([&addon, letter, thrown, work = std::move(work)](Team&) {
    *thrown = thrownBy(work);
    addon.post(std::move(*letter));
  });
  // An environment that is torn down can't wait for other ranks.
  const auto stop = [this] {
    if (communicator_) communicator_->requestAbort(EXIT_FAILURE);
  };
  *ticket = addon.follow({job, stop}, [&] { Engine::instance().submit(job); });
  Ref();
  return promise->Promise();
}

// connect(library: string | undefined, summation, patience): starts MPI, once in a process. The calling thread waits,
// so that its heap does not grow between sbrk(page) and sbrk(−page), which UCX calls as it starts
// (distributed/mpi.cpp).
void CommunicatorBinding::Connect(const Napi::CallbackInfo& info) {
  const Argument library(info, 0, "library");
  const std::optional<std::string> chosen = library.isGiven() ? std::optional(library.text()) : std::nullopt;
  const Summation summation = Argument(info, 1, "summation").word(kSummations);
  const double patience = Argument(info, 2, "patience").number();
  doOnEngine([&] {
    LoadedMpi loaded = loadMpi(chosen ? chosen->c_str() : nullptr);
    loaded.mpi->initialize();
    file_ = loaded.file;
    version_ = loaded.version;
    auto communicator = std::make_shared<Communicator>(std::move(loaded.mpi), summation, patience);
    const Launch launch = launchOf();
    if (communicator->size() == 1 && launch.processes > 1)
      throw Error("ERR_MPI_UNAVAILABLE",
                  std::string(launch.launcher) + " has launched " + std::to_string(launch.processes) +
                      " processes, but in " + file_ + " (" + version_ +
                      ") each of them is alone. Launch them with the mpirun of that library (with srun, by "
                      "--mpi=pmix for Open MPI, --mpi=pmi2 for MPICH), or set GLISSADE_MPI to the library of the "
                      "launcher, as libmpi.so.40 for Open MPI, libmpi.so.12 for MPICH");
    try {
      communicator->checkSame(std::string("distributed: ") + wordFor(kSummations, summation));
    } catch (const Error& error) {
      // All ranks have this error. If a process does not finish MPI, launchers may report it as successful.
      if (std::string(error.code()) == "ERR_RANKS_DIFFER") communicator->finish();
      throw;
    }
    if (const auto threads = threadsOfRank(*communicator)) Engine::instance().configure(threads, {});
    communicator_ = std::move(communicator);
  });
}

// describe(): { rank, size, file, version }
Napi::Value CommunicatorBinding::Describe(const Napi::CallbackInfo& info) {
  return objectOf(info.Env(), "rank", communicator()->rank(), "size", communicator()->size(), "file", file_, "version",
                  version_);
}

// gather(bytes: Uint8Array): a promise of the bytes of all ranks.
Napi::Value CommunicatorBinding::Gather(const Napi::CallbackInfo& info) {
  const auto communicator = this->communicator();
  const auto bytes = Argument(info, 0, "bytes").array<std::byte>();
  const auto all = std::make_shared<std::vector<std::string>>();
  const auto lock = std::make_shared<Communicator::Lock>(communicator);
  return begin(
      info.Env(),
      [communicator, all, mine = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())] {
        *all = communicator->gather(mine);
      },
      [all, lock](Napi::Env env) {
        lock->end();
        auto list = Napi::Array::New(env);
        for (const std::string& text : *all)
          list.Set(list.Length(), Napi::Buffer<char>::Copy(env, text.data(), text.size()));
        return list;
      });
}

// broadcast(bytes: Uint8Array in shared memory): a promise, fulfilled once the bytes are those of the first rank.
Napi::Value CommunicatorBinding::Broadcast(const Napi::CallbackInfo& info) {
  const auto communicator = this->communicator();
  const auto bytes = Argument(info, 0, "bytes").array<std::byte>({}, Memory::shared);
  const auto lock = std::make_shared<Communicator::Lock>(communicator);
  const auto kept =
      std::make_shared<Napi::ObjectReference>(Napi::Persistent(static_cast<Napi::Value>(info[0]).As<Napi::Object>()));
  return begin(
      info.Env(), [communicator, bytes] { communicator->broadcast(bytes.data(), bytes.size()); },
      [lock, kept](Napi::Env env) {
        lock->end();
        kept->Reset();
        return env.Undefined();
      });
}

// collect(identity, mine: Uint8Array, all: Uint8Array): fills `all` with the bytes of all ranks, in order, while the
// caller waits. Ranks must give the same identity.
void CommunicatorBinding::Collect(const Napi::CallbackInfo& info) {
  const Communicator::Lock lock(communicator());
  const std::string identity = Argument(info, 0, "identity").text();
  const auto mine = Argument(info, 1, "mine").array<std::byte>();
  const auto all = Argument(info, 2, "all").array<std::byte>();
  doOnEngine([&] {
    communicator()->checkSame(identity);
    std::vector<std::byte> gathered;
    communicator()->gather(mine, gathered);
    if (gathered.size() != all.size())
      throw Error("ERR_INTERNAL", "the ranks have sent another number of bytes than expected");
    std::copy(gathered.begin(), gathered.end(), all.begin());
  });
}

// finish(): waits until all ranks have called it, and ends MPI.
void CommunicatorBinding::Finish(const Napi::CallbackInfo&) {
  const Communicator::Lock lock(communicator());
  doOnEngine([&] { communicator()->finish(); });
}

// abort(code): ends all processes of the job.
void CommunicatorBinding::Abort(const Napi::CallbackInfo& info) {
  const auto code = static_cast<int>(Argument(info, 0, "code").wholeNumber(255));
  communicator()->requestAbort(code);
  doOnEngine([&] { communicator()->abort(code); });
}

}  // namespace glissade
