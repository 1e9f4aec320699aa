const { address, assert, done, started, step } = require(process.env.WEIR_STEPS)
const { AdminClient, KafkaConsumer, Producer } = require('@confluentinc/kafka-javascript')
const { KafkaJS } = require('@confluentinc/kafka-javascript')

const topic = 'confluent-js'
const config = { 'bootstrap.servers': address }

// The callback API speaks to librdkafka as it is: consumers can assign without a group.
async function readAll(count) {
  const consumer = new KafkaConsumer({ ...config, 'group.id': 'unused', 'enable.auto.commit': false },
    { 'auto.offset.reset': 'earliest' })
  await new Promise((resolve, reject) => consumer.connect({}, e => (e ? reject(e) : resolve())))
  consumer.setDefaultConsumeTimeout(200)
  consumer.assign([{ topic, partition: 0, offset: 0 }])
  const values = []
  while (values.length < count) {
    const messages = await new Promise((resolve, reject) => {
      consumer.consume(1000, (e, m) => (e ? reject(e) : resolve(m)))
    })
    values.push(...messages.map(m => m.value.toString()))
  }
  await new Promise(resolve => consumer.disconnect(resolve))
  return values
}

async function main() {
  const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: [address], logLevel: 0 } })
  const admin = kafka.admin()
  await admin.connect()
  await step('create a topic with settings', async () => {
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2,
      configEntries: [{ name: 'retention.ms', value: '5000000' }] }] }), true)
  })
  await step('list topics', async () => assert.deepEqual(await admin.listTopics(), [topic]))
  await step('describe a topic', async () => {
    const [described] = await admin.fetchTopicMetadata({ topics: [topic] })
    assert.equal(described.partitions.length, 2)
  })
  await step('create partitions', async () => {
    const native = AdminClient.create(config)
    await new Promise((resolve, reject) =>
      native.createPartitions(topic, 3, 10000, e => (e ? reject(e) : resolve())))
    native.disconnect()
    const [described] = await admin.fetchTopicMetadata({ topics: [topic] })
    assert.equal(described.partitions.length, 3)
  })
  const sent = []
  const send = async (prefix, rest) => {
    const producer = kafka.producer(rest)
    await producer.connect()
    const messages = Array.from({ length: 50 }, (_, i) => ({
      key: `${i}`, value: `${prefix}-${i}`, partition: 0, headers: { h: 'v' } }))
    sent.push(...messages.map(m => m.value))
    await producer.send({ topic, messages })
    await producer.disconnect()
  }
  await step('acks=all', () => send('all', { acks: -1 }))
  await step('acks=1', () => send('one', { acks: 1 }))
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    await step(codec, () => send(codec, { 'compression.codec': codec }))
  }
  await step('idempotence', () => send('once', { kafkaJS: { idempotent: true } }))
  await step('consume by assignment', async () => {
    assert.deepEqual(await readAll(sent.length), sent)
  })
  await step('offsets by timestamp', async () => {
    const at = async timestamp => (await admin.fetchTopicOffsetsByTimestamp(topic, timestamp))
      .find(p => p.partition === 0).offset
    assert.equal(await at(started - 1000), '0')
    const [{ high, low }] = (await admin.fetchTopicOffsets(topic)).filter(p => p.partition === 0)
    assert.deepEqual([low, high], ['0', String(sent.length)])
  })
  await step('delete records', async () => {
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '20' }] })
    const [{ low }] = (await admin.fetchTopicOffsets(topic)).filter(p => p.partition === 0)
    assert.equal(low, '20')
  })
  await step('delete a topic', async () => {
    await admin.deleteTopics({ topics: [topic] })
    assert.deepEqual(await admin.listTopics(), [])
  })
  done()
}

main()
