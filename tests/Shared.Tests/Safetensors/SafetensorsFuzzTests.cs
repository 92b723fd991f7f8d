using System.Buffers.Binary;
using System.Text.Json;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Shared.Tests.Safetensors;

/// <summary>Damaged files yield either a typed error or a correct result.</summary>
public sealed class SafetensorsFuzzTests : IDisposable
{
    private const int FilesPerMutation = 3000;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"mutated-{Guid.NewGuid():N}.safetensors");

    /// <summary>Mutations, each with the minimum share of its files that must be refused.</summary>
    public static TheoryData<string, double> Mutations() => new()
    {
        { nameof(FlipBits), 0.5 },
        { nameof(Truncate), 1 },
        { nameof(ChangeHeaderLength), 0.99 },
        { nameof(ChangeHeader), 0.7 },
        { nameof(Garbage), 1 },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Damaged_file_yields_a_typed_error_or_a_correct_result(string mutation, double leastRefused)
    {
        var random = new Random(20_260_101);
        var refused = 0;
        for (var i = 0; i < FilesPerMutation; i++)
        {
            var bytes = Mutate(mutation, random);
            File.WriteAllBytes(_path, bytes);
            if (!ReadsRightly(bytes))
                refused++;
        }

        Assert.InRange(refused, (int)(leastRefused * FilesPerMutation), FilesPerMutation);
    }

    public void Dispose() => File.Delete(_path);

    private static byte[] Mutate(string mutation, Random random) => mutation switch
    {
        nameof(FlipBits) => FlipBits(random),
        nameof(Truncate) => Truncate(random),
        nameof(ChangeHeaderLength) => ChangeHeaderLength(random),
        nameof(ChangeHeader) => ChangeHeader(random),
        _ => Garbage(random),
    };

    private static byte[] FlipBits(Random random)
    {
        var bytes = SampleFile.Default.Bytes;
        for (var flips = random.Next(1, 9); flips > 0; flips--)
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] Truncate(Random random) => SampleFile.Default.Bytes[..random.Next(SampleFile.Default.Bytes.Length)];

    private static byte[] ChangeHeaderLength(Random random)
    {
        var bytes = SampleFile.Default.Bytes;
        var length = random.Next(4) switch
        {
            0 => (ulong)random.Next(bytes.Length + 16),
            1 => ulong.MaxValue - (ulong)random.Next(32),
            2 => (ulong)SafetensorsHeader.MaxJsonLength + (ulong)random.Next(-2, 3),
            _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        };
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        return bytes;
    }

    private static byte[] ChangeHeader(Random random) => HeaderMutation.Apply(random);

    private static byte[] Garbage(Random random)
    {
        var bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        if (bytes.Length > 8 && random.Next(2) == 0)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)random.Next(bytes.Length));
        return bytes;
    }

    /// <summary>Returns false when the reader refuses the file; otherwise checks its entire result against an independent parse.</summary>
    private bool ReadsRightly(byte[] bytes)
    {
        try
        {
            using var file = SafetensorsFile.Open(_path);
            var dataStart = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
            using var json = JsonDocument.Parse(bytes.AsMemory(8, dataStart - 8));
            var listed = json.RootElement.EnumerateObject().Where(property => property.Name != "__metadata__")
                .ToDictionary(property => property.Name, property => property.Value);
            Assert.Equal(listed.Keys.Order(), file.Header.Tensors.Keys.Order());
            foreach (var (name, value) in listed)
            {
                var offsets = value.GetProperty("data_offsets").EnumerateArray().Select(offset => (int)offset.GetInt64()).ToArray();
                var entry = file.Entry(name);
                Assert.Equal(value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), entry.Shape);
                Assert.Equal(value.GetProperty("dtype").GetString(), entry.Dtype.ToString());
                Assert.Equal(entry.Length, entry.Shape.Aggregate(1L, (product, size) => product * size) * entry.Dtype.ElementSize());
                var content = new byte[entry.Length];
                file.CopyTo(entry, 0, content);
                Assert.Equal(bytes[(dataStart + offsets[0])..(dataStart + offsets[1])], content);
            }

            Assert.Equal(bytes.Length - dataStart, file.Header.Tensors.Values.Sum(entry => entry.Length));
            return true;
        }
        catch (SafetensorsException ex)
        {
            Assert.Contains(_path, ex.Message);
            return false;
        }
    }
}
