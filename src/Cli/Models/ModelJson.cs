using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Models;

/// <summary>The JSON that <c>--json</c> of the model commands prints.</summary>
internal static class ModelJson
{
    private static readonly JsonSerializerOptions Indented = new(FarmJson.Options) { WriteIndented = true };

    public static void Print<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, Indented));

    public static string Of<T>(T value) => JsonSerializer.Serialize(value, Indented);
}
