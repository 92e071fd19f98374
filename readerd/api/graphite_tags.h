// One request to Graphite's /tags/findSeries; or to /tags/autoComplete/tags or /tags/autoComplete/values with
// expressions, which say of which series the tags or values are.
//
//   /tags/findSeries?expr=name=web.hits&expr=dc=eu       ["web.hits;dc=eu;host=a","web.hits;dc=eu;host=b"]
//   /tags/autoComplete/tags?expr=dc=eu                   ["host","name"]
//   /tags/autoComplete/values?expr=dc=eu&tag=host        ["a","b"]
//
// It keeps itself alive while it waits for an answer of Redis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "common/uv.h"
#include "readerd/graphite/gather/tag_search.h"
#include "readerd/store/store.h"

namespace kilometric {

class GraphiteTags : public std::enable_shared_from_this<GraphiteTags> {
 public:
  static constexpr size_t kMostSeries = 10'000;

  enum class Form : uint8_t { series, tags, values };
  struct Wanted {
    Form form = Form::series;
    std::vector<std::string> expressions;
    std::string tag = {};     ///< of values
    std::string prefix = {};  ///< of tags, or of values
    size_t limit = kMostSeries;
  };

  /// Requires that both outlive it.
  GraphiteTags(Loop& loop, Store& store, Wanted wanted, HttpResponse response);

  void start();

 private:
  bool is_waiting() const { return !done_ && response_.wanted(); }
  std::optional<Refusal> on_key(const graphite::Meaning& meaning, const std::string& key);
  void add(const std::string& text);
  void send();
  void refuse(const Refusal& refusal);

  Loop& loop_;
  Store& store_;
  const Wanted wanted_;
  HttpResponse response_;
  Timer deadline_;
  bool done_ = false;
  std::set<std::string> given_;  ///< tags that the expressions are about
  std::set<std::string> texts_;
};

}  // namespace kilometric
