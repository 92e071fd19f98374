# Emits every kind with ruby-statsd: ruby kinds.rb <port>.
require 'statsd'

client = Statsd.new('127.0.0.1', Integer(ARGV.fetch(0)))
client.namespace = 'ruby'
10.times { client.increment 'hits' }
client.count 'hits', 5
client.decrement 'hits'
[12, 320, 7].each { |ms| client.timing 'latency', ms }
client.gauge 'depth', 10
client.gauge 'depth', 3.5
client.gauge 'balance', 10
client.gauge 'balance', -4
client.batch do |batch|
  %w[ada bob ada carl].each { |user| batch.set 'users', user }
  batch.gauge 'level', '+3'
  batch.gauge 'level', '-1'
end
