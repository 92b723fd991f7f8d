namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Reference data of features that are not implemented yet; the table lists every folder as skipped.</summary>
public sealed class UnimplementedSuite : IGoldenSuite
{
    private static readonly IReadOnlyDictionary<string, string> Parts = new Dictionary<string, string>
    {
        ["training"] = "training is not implemented yet",
        ["v2_5"] = "LTX-2.5 is not implemented yet",
    };

    public IEnumerable<GoldenCase> Discover(string root) =>
        from part in Parts
        let place = Path.Combine(root, part.Key)
        where Directory.Exists(place)
        from folder in Directory.EnumerateDirectories(place, "*", SearchOption.AllDirectories).Append(place)
        where Directory.EnumerateFiles(folder).Any()
        select new GoldenCase(Path.GetRelativePath(root, folder).Replace('\\', '/'), null, part.Value);
}
