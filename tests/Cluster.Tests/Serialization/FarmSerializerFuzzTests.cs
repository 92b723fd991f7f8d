using System.Runtime.Serialization;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using MlxVideo.Cluster.Serialization;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Cluster.Tests.Serialization;

/// <summary>
/// Malformed messages: whatever the bytes, the serializer returns a valid message or refuses them, quickly and without much memory.
/// </summary>
public sealed class FarmSerializerFuzzTests : TestKit
{
    private const int Rounds = 1500;
    private const long MaxAllocation = 4 << 20;

    private readonly FarmSerializer _serializer;

    public FarmSerializerFuzzTests() => _serializer = new FarmSerializer((ExtendedActorSystem)Sys);

    public static TheoryData<int> ExampleIndices() => [.. Enumerable.Range(0, FarmSerializerTests.Examples.Count)];

    [Theory]
    [MemberData(nameof(ExampleIndices))]
    public void Mutated_messages_are_refused_or_valid(int example)
    {
        var message = FarmSerializerTests.Examples[example];
        var (original, manifest) = (_serializer.ToBinary(message), _serializer.Manifest(message));
        var random = new Random(example);
        for (var round = 0; round < Rounds; round++)
            AssertHandled(Mutate(original, random), manifest);
    }

    [Theory]
    [MemberData(nameof(ExampleIndices))]
    public void Random_bytes_are_refused_or_valid(int example)
    {
        var manifest = _serializer.Manifest(FarmSerializerTests.Examples[example]);
        var random = new Random(1000 + example);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            AssertHandled(bytes, manifest);
        }
    }

    [Theory]
    [MemberData(nameof(ExampleIndices))]
    public void Length_prefixes_beyond_the_message_reserve_no_memory(int example)
    {
        var manifest = _serializer.Manifest(FarmSerializerTests.Examples[example]);
        for (var field = 1; field <= 12; field++)
        {
            // Field with a length of 2 GiB - 1, once alone and once nested in itself.
            byte[] bomb = [(byte)((field << 3) | 2), 0xFF, 0xFF, 0xFF, 0xFF, 0x07];
            AssertHandled(bomb, manifest);
            AssertHandled([(byte)((field << 3) | 2), (byte)bomb.Length, .. bomb], manifest);
        }
    }

    [Theory]
    [MemberData(nameof(ExampleIndices))]
    public void Deeply_nested_groups_are_refused_or_valid(int example)
    {
        var manifest = _serializer.Manifest(FarmSerializerTests.Examples[example]);
        for (var field = 1; field <= 12; field++)
            AssertHandled(Enumerable.Repeat((byte)((field << 3) | 3), FarmSerializer.MaxBytes).ToArray(), manifest);
    }

    [Fact]
    public void Missing_members_undefined_values_and_hostile_digests_are_refused()
    {
        Refuse("wh6", []);
        Refuse("ad1", []);
        // An AttemptFailed with kind 99.
        Refuse("af2", [.. AttemptBytes, 0x10, 99, 0x1A, 1, (byte)'x']);
        // An AttemptDone whose output has the digest "../x".
        Refuse("ad1", [.. AttemptBytes, 0x12, 11, 0x0A, 1, (byte)'n', 0x12, 6, 0x0A, 4, (byte)'.', (byte)'.', (byte)'/', (byte)'x']);
        // A WorkerLink with the speed NaN.
        Refuse("wl1", [0x0A, 1, (byte)'w', 0x11, .. BitConverter.GetBytes(double.NaN)]);
    }

    [Fact]
    public void Message_over_the_frame_size_is_refused() =>
        Assert.Contains("exceeds", Assert.Throws<SerializationException>(
            () => _serializer.FromBinary(new byte[FarmSerializer.MaxBytes + 1], "ra1")).Message);

    /// <summary>Field 1 with the attempt b/1/s#1.</summary>
    private static byte[] AttemptBytes => [0x0A, 12, 0x0A, 8, 0x0A, 1, (byte)'b', 0x10, 1, 0x1A, 1, (byte)'s', 0x10, 1];

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var index = random.Next(bytes.Count + 1);
            switch (random.Next(4))
            {
                case 0 when index < bytes.Count:
                    bytes[index] = (byte)random.Next(256);
                    break;
                case 1 when index < bytes.Count:
                    bytes.RemoveRange(index, random.Next(1, bytes.Count - index + 1));
                    break;
                case 2:
                    bytes.Insert(index, (byte)random.Next(256));
                    break;
                default:
                    bytes.InsertRange(index, bytes.Take(random.Next(bytes.Count + 1)).ToList());
                    break;
            }
        }

        return [.. bytes];
    }

    private void Refuse(string manifest, byte[] bytes) =>
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, manifest));

    private void AssertHandled(byte[] bytes, string manifest)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Assert.IsAssignableFrom<IFarmMessage>(_serializer.FromBinary(bytes, manifest));
        }
        catch (SerializationException)
        {
            // Refused.
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocation);
    }
}
