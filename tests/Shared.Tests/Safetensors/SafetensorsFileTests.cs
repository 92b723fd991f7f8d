using System.Text;
using FsCheck.Xunit;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Shared.Tests.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"tensors-{Guid.NewGuid():N}.safetensors");

    [Fact]
    public void Well_formed_file_is_read()
    {
        File.WriteAllBytes(_path, SampleFile.Default.Bytes);
        using var file = SafetensorsFile.Open(_path);
        Assert.Equal(5, file.Header.Tensors.Count);
        Assert.Equal("pt", file.Header.Metadata["format"]);
        Assert.Equal([2, 3], file.Entry("a.weight").Shape);
        Assert.Equal(SampleFile.Default.Data[40..], file.ReadArray<byte>("z.ids"));
    }

    [Property(MaxTest = 200)]
    public void Written_file_round_trips(Dictionary<string, float[]> tensors, Dictionary<string, string> metadata)
    {
        var wanted = tensors.Where(pair => IsText(pair.Key) && pair.Key != "__metadata__")
            .ToDictionary(pair => pair.Key, pair => pair.Value);
        var texts = metadata.Where(pair => IsText(pair.Key) && IsText(pair.Value)).ToDictionary(pair => pair.Key, pair => pair.Value);
        SafetensorsWriter.Write(
            _path, wanted.Select(pair => TensorToWrite.Of<float>(pair.Key, TensorDtype.F32, [pair.Value.Length], pair.Value)), texts);
        using var file = SafetensorsFile.Open(_path);
        Assert.Equal(texts, file.Header.Metadata);
        Assert.Equal(wanted.Keys.Order(StringComparer.Ordinal), file.Header.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, values) in wanted)
            Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), file.ReadArray<float>(name).Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Tensor_order_does_not_affect_the_file_content()
    {
        TensorToWrite[] tensors =
            [TensorToWrite.Of<byte>("b", TensorDtype.U8, [2], new byte[] { 1, 2 }),
                TensorToWrite.Of<byte>("a", TensorDtype.U8, [1], new byte[] { 3 })];
        SafetensorsWriter.Write(_path, tensors);
        var first = File.ReadAllBytes(_path);
        SafetensorsWriter.Write(_path, tensors.Reverse());
        Assert.Equal(first, File.ReadAllBytes(_path));
    }

    [Fact]
    public void Failed_write_leaves_no_file()
    {
        var broken = new TensorToWrite("a", TensorDtype.U8, [4], stream => stream.WriteByte(1));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(_path, [broken]));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + "*"));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 25)]
    [InlineData(24, 1)]
    [InlineData(long.MaxValue, 1)]
    public void Read_outside_a_tensor_is_refused(long start, int length)
    {
        File.WriteAllBytes(_path, SampleFile.Default.Bytes);
        using var file = SafetensorsFile.Open(_path);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.CopyTo(file.Entry("a.weight"), start, new byte[length]));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[52],"data_offsets":[0,52]},"a":{"dtype":"U8","shape":[52],"data_offsets":[0,52]}}""", "a")]
    [InlineData("""{"a":{"dtype":"U8","shape":[40],"data_offsets":[0,40]},"b":{"dtype":"U8","shape":[20],"data_offsets":[32,52]}}""", "overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[20],"data_offsets":[0,20]},"b":{"dtype":"U8","shape":[20],"data_offsets":[32,52]}}""", "12 bytes before tensor 'b'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[20],"data_offsets":[0,20]}}""", "32 bytes at its end")]
    [InlineData("""{"a":{"dtype":"U8","shape":[64],"data_offsets":[0,64]}}""", "truncated")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-52],"data_offsets":[0,52]}}""", "non-negative integer")]
    [InlineData("""{"a":{"dtype":"F8","shape":[52],"data_offsets":[0,52]}}""", "unknown dtype 'F8'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[52],"data_offsets":[0,52]}}""", "52 bytes of data")]
    public void Error_message_describes_the_fault_and_names_the_file(string header, string expected)
    {
        File.WriteAllBytes(_path, SampleFile.Assemble(header, SampleFile.Default.Data));
        var ex = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(_path));
        Assert.Contains(expected, ex.Message);
        Assert.Contains(_path, ex.Message);
    }

    public void Dispose() => File.Delete(_path);

    /// <summary>Unpaired surrogates have no UTF-8 form.</summary>
    private static bool IsText(string? text) => text is not null && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
