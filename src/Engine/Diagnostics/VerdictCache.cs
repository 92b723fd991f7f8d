using System.Security.Cryptography;
using System.Text.Json;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Json;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>
/// Reports of self-tests, one file per <see cref="VerdictKey"/>. Safe for several processes; an unwritable folder or a damaged file only
/// costs another test.
/// </summary>
internal sealed class VerdictCache(string folder)
{
    /// <summary>The current user's cache.</summary>
    public static VerdictCache OfUser { get; } = new(UserCache.Folder("self-test"));

    /// <summary>Returns the report of a key; null when there is none or its file is damaged.</summary>
    public SelfTestReport? Find(VerdictKey key)
    {
        try
        {
            var verdict = JsonSerializer.Deserialize<Verdict>(File.ReadAllText(PathOf(key)), FarmJson.Options);
            return verdict?.Key == key ? verdict.Report : null;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Stores the report of a key, in place of an earlier one.</summary>
    public void Store(VerdictKey key, SelfTestReport report)
    {
        var file = PathOf(key);
        try
        {
            Directory.CreateDirectory(folder);
            var partial = $"{file}.{Guid.NewGuid():N}";
            File.WriteAllText(partial, JsonSerializer.Serialize(new Verdict(key, report), FarmJson.Options));
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // The report is still valid; the test is only repeated next time.
        }
    }

    /// <summary>Returns the name of a key's file.</summary>
    internal static string FileNameOf(VerdictKey key) =>
        $"{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(key, FarmJson.Options)))}.json";

    private string PathOf(VerdictKey key) => Path.Combine(folder, FileNameOf(key));

    private sealed record Verdict(VerdictKey Key, SelfTestReport Report);
}
