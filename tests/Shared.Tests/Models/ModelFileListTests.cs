using MlxVideo.Shared.Models;

namespace MlxVideo.Shared.Tests.Models;

public sealed class ModelFileListTests
{
    private static readonly string Digest = new('a', 64);

    [Theory]
    [InlineData("ltx-2.safetensors")]
    [InlineData("gemma/config.json")]
    [InlineData("gemma/tokenizer.model")]
    [InlineData("vae/diffusion_pytorch_model-00001-of-00002.safetensors")]
    [InlineData("a b (copy) [1]+x=y@z,.json")]
    public void Paths_of_models_are_accepted(string path) => Assert.Null(With(path).FindFault(Digest));

    [Theory]
    [InlineData("")]
    [InlineData("/etc/x.json")]
    [InlineData("../x.json")]
    [InlineData("gemma/../../x.json")]
    [InlineData("./x.json")]
    [InlineData("gemma//x.json")]
    [InlineData("gemma/.x.json")]
    [InlineData(".hidden/x.json")]
    [InlineData("..\\x.json")]
    [InlineData("c:x.json")]
    [InlineData("c:\\x.json")]
    [InlineData("~/x.json")]
    [InlineData("x\0.json")]
    [InlineData("x.json\n")]
    [InlineData("x.sh")]
    [InlineData("x.json.partial")]
    [InlineData("x")]
    [InlineData("a/b/c/d/e/x.json")]
    public void Other_paths_are_refused(string path) => Assert.Contains("is not the path", With(path).FindFault(Digest));

    [Fact]
    public void Paths_that_denote_the_same_file_are_refused()
    {
        Assert.Contains("same path", With("x.json", "X.json").FindFault(Digest));
        Assert.Contains("also a file", With("x.json/y.json", "x.json").FindFault(Digest));
    }

    [Fact]
    public void Other_sizes_hashes_names_and_numbers_of_files_are_refused()
    {
        Assert.Contains("size", Of(new ListedFile("x.json", -1, Digest)).FindFault(Digest));
        Assert.Contains("size", Of(new ListedFile("x.json", long.MaxValue, Digest)).FindFault(Digest));
        Assert.Contains("hash", Of(new ListedFile("x.json", 1, "../../etc")).FindFault(Digest));
        Assert.Contains("files", Of().FindFault(Digest));
        Assert.Contains("files", With([.. Enumerable.Range(0, 1001).Select(number => $"{number}.json")]).FindFault(Digest));
        Assert.Contains("name", (With("x.json") with { Name = "a\u001b[2J" }).FindFault(Digest));
        Assert.Contains("another model", With("x.json").FindFault(new string('b', 64)));
    }

    private static ModelFileList With(params string[] paths) => Of([.. paths.Select(path => new ListedFile(path, 1, Digest))]);

    private static ModelFileList Of(params ListedFile[] files) => new(Digest, "model", files);
}
