#include "readerd/reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <utility>

#include "common/log.h"
#include "common/notify.h"

namespace kilometric {
namespace {

/// Requests under way at the stop get this long; systemd would wait for 90 seconds.
constexpr std::chrono::seconds kStopTime{5};
constexpr std::chrono::seconds kStatusInterval{10};

/// The headers that tell browsers which pages may read an answer. With one origin a cache must keep the answer
/// from other pages; `*` is for everybody alike.
std::string cors_headers(const std::string& origin) {
  if (origin.empty()) return {};
  const std::string allow = "Access-Control-Allow-Origin: " + origin +
                            "\r\nAccess-Control-Expose-Headers: ETag, Kilometric-Kind, Retry-After\r\n";
  return origin == "*" ? allow : allow + "Vary: Origin\r\n";
}

}  // namespace

Reader::Reader(const Settings& settings, std::vector<int> listen_fds)
    : settings_(settings),
      redis_(
          loop_, settings.redis_url, Redis::Options{}, [this] { on_redis_up(); },
          [this](const std::string& reason) { on_redis_down(reason); }),
      store_(loop_, redis_, metrics_),
      routes_(loop_, redis_, store_, metrics_, settings_),
      listen_fds_(std::move(listen_fds)),
      on_sigterm_(loop_, SIGTERM, [this] { stop(); }),
      on_sigint_(loop_, SIGINT, [this] { stop(); }),
      on_sighup_(loop_, SIGHUP, [] { tell_of_hangup(); }),
      status_(loop_, [this] { tell_status(); }),
      watchdog_(loop_, [] { notify("WATCHDOG=1"); }) {
  log_info("kilometric-readerd {} listens on {}, port {}; Redis is {}", KILOMETRIC_VERSION,
           fmt::join(settings.bind, " and "), settings.reader_port, redis_.place());
}

Reader::~Reader() { close_listeners(); }

void Reader::run() {
  if (const auto interval = watchdog_interval(); interval.count() > 0) watchdog_.start(interval, interval);
  redis_.start();
  loop_.run();
  log_info("stopped; {} requests served", metrics_.answers_total);
}

void Reader::on_redis_up() {
  if (std::exchange(redis_answers_, true) != true) log_info("Redis answers");
  serve();
}

void Reader::on_redis_down(const std::string& reason) {
  store_.set_down_reason(reason);
  if (redis_answers_ == false || (redis_answers_ == true && redis_.lost_idle())) return;
  redis_answers_ = false;
  log_warning("Redis does not answer: {}; trying again until it does", reason);
  serve();
}

/// Opens HTTP and tells systemd that we are ready, unless this was done before.
void Reader::serve() {
  if (stopping_) return;
  if (!http_) {
    http_.emplace(
        loop_, listen_fds_.front(), HttpLimits{},
        [this](const HttpRequest& request, HttpResponse answer) {
          routes_.handle(request, std::move(answer), http_->connections());
        },
        [this](std::string_view path, int status) { routes_.count(path, status); });
    for (size_t i = 1; i < listen_fds_.size(); ++i) http_->also_listen(listen_fds_[i]);
    http_->set_headers(cors_headers(settings_.cors_origin));
    // The server has duplicates of the listeners. Were these still open after the stop, clients would go on
    // to queue here.
    close_listeners();
    notify("READY=1");
    status_.start(kStatusInterval, kStatusInterval);
  }
  tell_status();
}

void Reader::tell_status() {
  notify("STATUS=" + std::to_string(metrics_.answers_total) + " requests served; Redis " +
         (redis_.up() ? "answers" : "does not answer"));
}

void Reader::stop() {
  if (std::exchange(stopping_, true)) return;
  notify("STOPPING=1");
  if (!http_) return loop_.stop();
  http_->stop(true, kStopTime, [this] { loop_.stop(); });
}

void Reader::close_listeners() {
  for (const int fd : std::exchange(listen_fds_, {})) close(fd);
}

}  // namespace kilometric
