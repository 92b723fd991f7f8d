using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace MlxVideo.Shared.Tests.Safetensors;

/// <summary>A small, valid safetensors file in memory, assembled without the writer; the seed of the mutations.</summary>
internal sealed class SampleFile
{
    public static SampleFile Default { get; } = new(
        new JsonObject
        {
            ["__metadata__"] = new JsonObject { ["config"] = """{"transformer":{}}""", ["format"] = "pt" },
            ["a.weight"] = Tensor("F32", [2, 3], 0, 24),
            ["a.bias"] = Tensor("BF16", [4], 24, 32),
            ["empty"] = Tensor("I64", [0, 5], 32, 32),
            ["scalar"] = Tensor("F64", [], 32, 40),
            ["z.ids"] = Tensor("U8", [3, 2, 2], 40, 52),
        },
        Enumerable.Range(0, 52).Select(value => (byte)(value * 5 + 1)).ToArray());

    private SampleFile(JsonObject header, byte[] data)
    {
        Header = header;
        Data = data;
    }

    public JsonObject Header { get; }

    public byte[] Data { get; }

    public byte[] Bytes => Assemble(Header.ToJsonString(), Data);

    public static byte[] Assemble(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        return bytes;
    }

    private static JsonObject Tensor(string dtype, long[] shape, long begin, long end) => new()
    {
        ["dtype"] = dtype,
        ["shape"] = new JsonArray(shape.Select(size => (JsonNode)size).ToArray()),
        ["data_offsets"] = new JsonArray(begin, end),
    };
}
