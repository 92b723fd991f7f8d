using System.Text.Json.Nodes;

namespace MlxVideo.Shared.Tests.Safetensors;

/// <summary>Damages a header's JSON at one random place and keeps it well-formed where possible.</summary>
internal static class HeaderMutation
{
    private static readonly string[] OddValues =
    [
        "-1", "0", "1", "7", "2147483648", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551616",
        "1e3", "1.5", "1e999", "null", "true", "\"4\"", "[]", "{}", "[[2]]", "\"F32\"", "\"F31\"", "\"f32\"", "\"0\"", "\"BF16, F16\"",
        "\"\\ud800\"", "\"\\u0000\"",
    ];

    public static byte[] Apply(Random random)
    {
        var sample = SampleFile.Default;
        var header = sample.Header.DeepClone().AsObject();
        var text = random.Next(8) switch
        {
            0 => ReplaceValue(header, random),
            1 => RemoveProperty(header, random),
            2 => DuplicateProperty(header, random),
            3 => ShiftOffsets(header, random),
            4 => Nest(header, random),
            5 => SwapTensors(header, random),
            6 => header.ToJsonString() + Pick(random, " ", "\n\n", "}", "{}", "\0", "x", "//"),
            _ => Splice(header.ToJsonString(), random),
        };
        return SampleFile.Assemble(text, sample.Data);
    }

    private static string ReplaceValue(JsonObject header, Random random)
    {
        const string marker = "\"@here@\"";
        var places = Places(header).ToList();
        Set(places[random.Next(places.Count)], "@here@");
        return header.ToJsonString().Replace(marker, Pick(random, OddValues), StringComparison.Ordinal);
    }

    private static string RemoveProperty(JsonObject header, Random random)
    {
        var owner = random.Next(2) == 0 ? header : Tensor(header, random);
        owner.Remove(owner.ElementAt(random.Next(owner.Count)).Key);
        return header.ToJsonString();
    }

    private static string DuplicateProperty(JsonObject header, Random random)
    {
        var text = header.ToJsonString();
        var tensor = header.ElementAt(random.Next(header.Count));
        var copy = $"\"{tensor.Key}\":{tensor.Value!.ToJsonString()}";
        return text.Insert(text.Length - 1, "," + copy);
    }

    private static string ShiftOffsets(JsonObject header, Random random)
    {
        var offsets = Tensor(header, random)["data_offsets"]!.AsArray();
        var index = random.Next(2);
        offsets[index] = offsets[index]!.GetValue<long>() + random.NextInt64(-60, 60);
        if (random.Next(2) == 0)
            offsets[1 - index] = offsets[1 - index]!.GetValue<long>() + random.NextInt64(-60, 60);
        return header.ToJsonString();
    }

    private static string Nest(JsonObject header, Random random)
    {
        var depth = random.Next(1, 5000);
        var open = Pick(random, "[", "{\"a\":");
        var close = open == "[" ? "]" : "}";
        var deep = string.Concat(Enumerable.Repeat(open, depth)) + "1"
            + string.Concat(Enumerable.Repeat(close, random.Next(2) == 0 ? depth : depth - 1));
        return header.ToJsonString().Replace("\"F64\"", deep, StringComparison.Ordinal);
    }

    private static string SwapTensors(JsonObject header, Random random)
    {
        var (one, other) = (Tensor(header, random), Tensor(header, random));
        (one["shape"], other["shape"]) = (other["shape"]!.DeepClone(), one["shape"]!.DeepClone());
        return header.ToJsonString();
    }

    private static string Splice(string text, Random random)
    {
        var start = random.Next(text.Length);
        return text.Remove(start, Math.Min(random.Next(1, 12), text.Length - start))
            .Insert(start, random.Next(2) == 0 ? "" : Pick(random, OddValues));
    }

    private static JsonObject Tensor(JsonObject header, Random random)
    {
        var tensors = header.Where(pair => pair.Value is JsonObject).ToList();
        return tensors[random.Next(1, tensors.Count)].Value!.AsObject();
    }

    /// <summary>Returns every property and list element of the header.</summary>
    private static IEnumerable<(JsonNode Owner, object Index)> Places(JsonNode node)
    {
        switch (node)
        {
            case JsonObject owner:
                foreach (var (name, value) in owner)
                {
                    yield return (owner, name);
                    foreach (var inner in Places(value!))
                        yield return inner;
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                    yield return (list, i);
                break;
        }
    }

    private static void Set((JsonNode Owner, object Index) place, string value)
    {
        if (place.Index is string name)
            place.Owner[name] = value;
        else
            place.Owner[(int)place.Index] = value;
    }

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}
