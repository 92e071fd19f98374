// One `GET /tags?prefix=` or `GET /tags/<tag>?prefix=&limit=&cursor=`: the tags that series have, or the values
// of one, in Graphite's form.
//
//   [{"tag":"dc"},{"tag":"host"}]
//   {"tag":"dc","values":[{"count":2,"value":"eu"},{"count":1,"value":"us"}]}
//
// Of Graphite's completion (/tags/autoComplete/tags, /tags/autoComplete/values) they are but texts:
// ["dc","host"]. When there are more values, "cursor" is behind them, as that of /keys. It keeps itself alive
// while the first who asks waits for a walk over all keys.
#pragma once

#include <memory>
#include <utility>

#include "common/http/server.h"
#include "common/uv.h"
#include "readerd/keys/tag_follower.h"
#include "readerd/query/keys_query.h"

namespace kilometric {

class TagsList : public std::enable_shared_from_this<TagsList> {
 public:
  TagsList(Loop& loop, TagFollower& follower, TagsQuery query, HttpResponse response);

  void start();

 private:
  bool wanted() const { return !done_ && response_.wanted(); }
  void send(const TagIndex& index);
  void send_tags(const TagIndex& index);
  void send_values(const TagIndex& index);
  void send_plain(const TagIndex& index);
  void refuse(const Refusal& refusal);

  TagFollower& follower_;
  const TagsQuery query_;
  HttpResponse response_;
  Timer deadline_;
  bool done_ = false;
};

}  // namespace kilometric
