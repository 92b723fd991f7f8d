using MlxVideo.Engine.Diagnostics;

namespace MlxVideo.Engine.Tests.Diagnostics;

public sealed class VerdictCacheTests : IDisposable
{
    private static readonly TestedSettings Settings = new("mps", "bfloat16", "metal-safe");
    private static readonly VerdictKey Key = new("24F74", "Apple M2", "2.10.0.0", "0.107.0", "e1", Settings);
    private static readonly SelfTestReport Report =
        new(Settings, "2.10.0.0", [new OperationResult("rms-norm", double.NaN, 0.02, 0.5, "returns NaN or infinity for 'rms-norm'")], null);

    private readonly TemporaryFolder _folder = new();
    private readonly VerdictCache _cache;

    public VerdictCacheTests() => _cache = new VerdictCache(Path.Combine(_folder.Path, "self-test"));

    [Fact]
    public void Stored_report_is_found_in_full()
    {
        Assert.Null(_cache.Find(Key));
        _cache.Store(Key, Report);

        var found = _cache.Find(Key)!;
        Assert.Equal(Report.Operations, found.Operations);
        Assert.Equal((Report.Settings, Report.Libtorch, Report.Failure, Report.Problem),
            (found.Settings, found.Libtorch, found.Failure, found.Problem));
    }

    [Fact]
    public void Verdict_does_not_apply_to_any_other_key()
    {
        _cache.Store(Key, Report);
        VerdictKey[] others =
        [
            Key with { Build = "25A1" }, Key with { Chip = "Apple M5" }, Key with { Libtorch = "2.11" }, Key with { TorchSharp = "0.108" },
            Key with { Engine = "e2" }, Key with { Settings = Settings with { Device = "cuda" } },
            Key with { Settings = Settings with { Dtype = "float32" } }, Key with { Settings = Settings with { Kernels = "plain" } },
        ];
        Assert.All(others, key => Assert.Null(_cache.Find(key)));
        Assert.Equal(others.Length + 1, others.Append(Key).Select(VerdictCache.FileNameOf).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"key\":")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void Damaged_file_is_ignored_and_replaced(string content)
    {
        _cache.Store(Key, Report);
        File.WriteAllText(Assert.Single(Files()), content);
        Assert.Null(_cache.Find(Key));

        _cache.Store(Key, Report);
        Assert.NotNull(_cache.Find(Key));
        Assert.Single(Files()); // no partial file remains
    }

    [Fact]
    public void File_of_another_key_is_ignored()
    {
        _cache.Store(Key with { Chip = "Apple M5" }, Report);
        File.Move(Assert.Single(Files()), Path.Combine(_folder.Path, "self-test", VerdictCache.FileNameOf(Key)));
        Assert.Null(_cache.Find(Key));
    }

    [Fact]
    public void Unwritable_folder_is_not_an_error()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "file"), "");
        var cache = new VerdictCache(Path.Combine(_folder.Path, "file", "folder"));
        cache.Store(Key, Report);
        Assert.Null(cache.Find(Key));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Files() => Directory.GetFiles(Path.Combine(_folder.Path, "self-test"));
}
