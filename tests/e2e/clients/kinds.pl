# Emits what Net::Statsd knows: perl kinds.pl <port>.
use strict;
use warnings;
use Net::Statsd;

$Net::Statsd::HOST = '127.0.0.1';
$Net::Statsd::PORT = $ARGV[0];
Net::Statsd::increment('perl.hits') for 1 .. 10;
Net::Statsd::update_stats('perl.hits', 5);
Net::Statsd::decrement('perl.hits');
Net::Statsd::timing('perl.latency', $_) for 12, 320, 7;
Net::Statsd::gauge('perl.depth' => 10, 'perl.depth' => 3.5);
Net::Statsd::gauge('perl.balance' => 10);
Net::Statsd::gauge('perl.balance' => -4);
Net::Statsd::gauge('perl.level' => '+3', 'perl.level' => '-1');
