const { address, assert, done, started, step } = require(process.env.WEIR_STEPS)
const { Admin, Consumer, Producer, stringSerializers } = require('@platformatic/kafka')

const options = { clientId: 'weir', bootstrapBrokers: [address], retries: 2 }
const topic = 'platformatic'

async function main() {
  const admin = new Admin(options)
  await step('create a topic with settings', async () => {
    const [made] = await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1,
      configs: [{ name: 'retention.ms', value: '5000000' }] })
    assert.equal(made.partitions, 2)
    assert.equal(made.configuration['retention.ms'], '5000000')
    await assert.rejects(admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 }))
  })
  await step('list topics', async () => assert.deepEqual(await admin.listTopics(), [topic]))
  const partitions = async () => {
    const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
    return metadata.topics.get(topic).partitionsCount
  }
  await step('describe a topic', async () => assert.equal(await partitions(), 2))
  const resource = { resourceType: 2, resourceName: topic }
  const setting = async name => {
    const [{ configs }] = await admin.describeConfigs({ includeSynonyms: true,
      resources: [{ ...resource, configurationKeys: null }] })
    return configs.find(c => c.name === name).value
  }
  await step("describe a topic's settings", async () => {
    assert.equal(await setting('retention.ms'), '5000000')
  })
  await step("alter a topic's settings", async () => {
    await admin.alterConfigs({ resources: [{ ...resource,
      configs: [{ name: 'retention.ms', value: '7000000' }] }] })
    assert.equal(await setting('retention.ms'), '7000000')
    await admin.incrementalAlterConfigs({ resources: [{ ...resource,
      configs: [{ name: 'retention.ms', configOperation: 0, value: '8000000' }] }] })
    assert.equal(await setting('retention.ms'), '8000000')
  })
  await step('create partitions', async () => {
    await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: null }] })
    assert.equal(await partitions(), 3)
  })
  const sent = []
  const send = async (producer, prefix, rest) => {
    const messages = Array.from({ length: 50 }, (_, i) => ({ topic, key: `${i}`,
      value: `${prefix}-${i}`, partition: 0, headers: { h: 'v' } }))
    sent.push(...messages.map(m => m.value))
    await producer.send({ messages, ...rest })
  }
  const producer = new Producer({ ...options, serializers: stringSerializers })
  await step('acks=all', () => send(producer, 'all', { acks: -1 }))
  await step('acks=1', () => send(producer, 'one', { acks: 1 }))
  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd']) {
    if (compression === 'zstd' && !require('node:zlib').zstdCompressSync) continue // this node has none
    await step(compression, () => send(producer, compression, { acks: -1, compression }))
  }
  await producer.close()
  await step('idempotence', async () => {
    const idempotent = new Producer({ ...options, serializers: stringSerializers, idempotent: true })
    await send(idempotent, 'first')
    await send(idempotent, 'second')
    await idempotent.close()
  })
  const consumer = new Consumer({ ...options, groupId: 'unused' })
  await step('consume by assignment', async () => {
    const metadata = await consumer.metadata({ topics: [topic] })
    const { id, partitions: [{ leader }] } = metadata.topics.get(topic)
    const values = []
    while (values.length < sent.length) {
      const answer = await consumer.fetch({ node: leader, maxWaitTime: 100, topics: [{ topicId: id,
        partitions: [{ partition: 0, currentLeaderEpoch: -1, fetchOffset: BigInt(values.length),
          lastFetchedEpoch: -1, partitionMaxBytes: 1 << 20 }] }] })
      for (const batch of answer.responses[0].partitions[0].records ?? []) {
        for (const record of batch.records) {
          if (Number(batch.firstOffset) + record.offsetDelta === values.length) {
            values.push(record.value.toString())
          }
        }
      }
    }
    assert.deepEqual(values, sent)
  })
  await step('offsets by timestamp', async () => {
    const at = async timestamp => (await consumer.listOffsets({ topics: [topic], timestamp,
      partitions: { [topic]: [0] } })).get(topic)[0]
    assert.equal(await at(BigInt(started - 1000)), 0n)
    assert.equal(await at(-1n), BigInt(sent.length))
    assert.equal(await at(BigInt(Date.now() + 3600000)), -1n)
  })
  await step('describe log directories', async () => {
    const [{ results: [directory] }] = await admin.describeLogDirs({
      topics: [{ name: topic, partitions: [0] }] })
    assert.ok(Number(directory.topics[0].partitions[0].partitionSize) > 0)
  })
  await step('delete records', async () => {
    const [{ partitions: [{ lowWatermark }] }] = await admin.deleteRecords({
      topics: [{ name: topic, partitions: [{ partition: 0, offset: 20n }] }] })
    assert.equal(lowWatermark, 20n)
  })
  await step('delete a topic', async () => {
    await admin.deleteTopics({ topics: [topic] })
    assert.deepEqual(await admin.listTopics(), [])
  })
  done()
}

main()
