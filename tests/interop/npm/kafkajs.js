const { address, assert, done, started, step } = require(process.env.WEIR_STEPS)
const { Kafka, ConfigResourceTypes, logLevel, CompressionTypes } = require('kafkajs')

const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 2 } })
const topic = 'kafkajs'

// kafkajs reads in groups only; its own cluster and broker objects take plain fetches.
async function fetchAll(count) {
  const symbol = Object.getOwnPropertySymbols(kafka).find(s => String(s).includes('createCluster'))
  const cluster = kafka[symbol]({ metadataMaxAge: 300000 })
  await cluster.connect()
  await cluster.addTargetTopic(topic)
  const nodeId = Object.keys(cluster.findLeaderForPartitions(topic, [0]))[0]
  const broker = await cluster.findBroker({ nodeId })
  const values = []
  while (values.length < count) {
    const { responses } = await broker.fetch({
      maxWaitTime: 100,
      topics: [{ topic, partitions: [
        { partition: 0, fetchOffset: String(values.length), maxBytes: 1 << 20 }] }],
    })
    for (const message of responses[0].partitions[0].messages) {
      if (Number(message.offset) === values.length) values.push(message.value.toString())
    }
  }
  await cluster.disconnect()
  return values
}

async function main() {
  const admin = kafka.admin()
  await admin.connect()
  await step('create a topic with settings', async () => {
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2,
      configEntries: [{ name: 'retention.ms', value: '5000000' }] }] }), true)
    assert.equal(await admin.createTopics({ topics: [{ topic }] }), false) // it is there already
  })
  await step('list topics', async () => assert.deepEqual(await admin.listTopics(), [topic]))
  await step('describe a topic', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    assert.equal(topics[0].partitions.length, 2)
  })
  const setting = async name => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: true,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] })
    return resources[0].configEntries.find(e => e.configName === name).configValue
  }
  await step("describe a topic's settings", async () => {
    assert.equal(await setting('retention.ms'), '5000000')
  })
  await step("alter a topic's settings", async () => {
    await admin.alterConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: topic,
      configEntries: [{ name: 'retention.ms', value: '7000000' }] }] })
    assert.equal(await setting('retention.ms'), '7000000')
  })
  await step('create partitions', async () => {
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    assert.equal(topics[0].partitions.length, 3)
  })
  const sent = []
  const send = async (producer, compression, prefix, acks = -1) => {
    const messages = Array.from({ length: 50 }, (_, i) => ({
      key: `${i}`, value: `${prefix}-${i}`, partition: 0, headers: { h: 'v' } }))
    sent.push(...messages.map(m => m.value))
    await producer.send({ topic, messages, acks, compression })
  }
  const plain = kafka.producer()
  await plain.connect()
  await step('acks=all', () => send(plain, CompressionTypes.None, 'all'))
  await step('acks=1', () => send(plain, CompressionTypes.None, 'one', 1))
  await step('gzip', () => send(plain, CompressionTypes.GZIP, 'gzip'))
  await plain.disconnect()
  const idempotent = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await idempotent.connect()
  await step('idempotence', async () => {
    await send(idempotent, CompressionTypes.None, 'first')
    await send(idempotent, CompressionTypes.GZIP, 'second')
  })
  await idempotent.disconnect()
  await step('consume by assignment', async () => {
    assert.deepEqual(await fetchAll(sent.length), sent)
  })
  await step('offsets by timestamp', async () => {
    const at = async timestamp => (await admin.fetchTopicOffsetsByTimestamp(topic, timestamp))
      .find(p => p.partition === 0).offset
    assert.equal(await at(started - 1000), '0')
    assert.equal(await at(Date.now() + 3600000), String(sent.length))
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
