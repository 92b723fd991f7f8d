using MlxVideo.Cli.Tests;
namespace MlxVideo.Hub.Tests;

public sealed class HubEnvironmentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Defaults_are_the_public_hub_and_the_shared_cache()
    {
        var environment = Read();
        Assert.Equal("https://huggingface.co", environment.Endpoint);
        Assert.Equal(Path.Combine(_folder.Path, "huggingface", "hub"), environment.CacheFolder);
        Assert.Null(environment.Token);
    }

    [Theory]
    [InlineData("HF_HOME", "/x", "/x/hub")]
    [InlineData("HF_HUB_CACHE", "/y", "/y")]
    [InlineData("HUGGINGFACE_HUB_CACHE", "/z", "/z")]
    public void Cache_folder_can_be_moved(string name, string value, string expected) =>
        Assert.Equal(expected, Read((name, value)).CacheFolder);

    [Fact]
    public void Token_comes_from_a_variable_or_from_the_file_that_signing_in_writes()
    {
        Directory.CreateDirectory(_folder["huggingface"]);
        _folder.Write("huggingface/token", "hf_file\n");
        Assert.Equal("hf_file", Read().Token);
        Assert.Equal("hf_old", Read(("HUGGINGFACE_HUB_TOKEN", "hf_old")).Token);
        Assert.Equal("hf_new", Read(("HUGGINGFACE_HUB_TOKEN", "hf_old"), ("HF_TOKEN", "hf_new")).Token);
    }

    [Fact]
    public void Endpoint_must_be_a_web_address()
    {
        Assert.Equal("https://mirror.example/hub", Read(("HF_ENDPOINT", "https://mirror.example/hub/")).Endpoint);
        Assert.Contains("HF_ENDPOINT 'mirror'", Assert.Throws<HubException>(() => Read(("HF_ENDPOINT", "mirror"))).Message);
    }

    public void Dispose() => _folder.Dispose();

    private HubEnvironment Read(params (string Name, string Value)[] variables)
    {
        var values = variables.Append((Name: "XDG_CACHE_HOME", Value: _folder.Path)).ToDictionary(pair => pair.Name, pair => pair.Value);
        return HubEnvironment.Read(values.GetValueOrDefault);
    }
}
